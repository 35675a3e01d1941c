import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { eutils } from "../../../lib/search/eutils/eutils";
import { temporaryFolder } from "../../fixtures";
import { esearchPage, loopback } from "../remote/loopback";

const fast = { requestsPerSecond: 1000, backOffSeconds: 0.01, attempts: 3 };
const failure = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => assert.unreachable("it answered") as never,
    (error: Error) => error,
  );

test("a search sends the query whole, the date limit inclusive, and who asks; hits are in PubMed's order", async () => {
  const server = await loopback(({ params }) => ({ body: esearchPage(3, params, { querytranslation: "q" }) }));
  const engine = eutils({ ...fast, base: server.base, apiKey: "secret", tool: "test", email: "a@b.c" });
  const result = await engine.search('"heart & lung"[tiab] AND 100% #1 + é', 2, { maxDate: "2010-5" });
  assert.equal(result, {
    hits: [
      { docId: "1", score: 1 },
      { docId: "2", score: 1 / 2 },
    ],
    total: 3,
    warnings: [],
  });
  assert.equal(server.seen[0]!.params, {
    db: "pubmed",
    term: '"heart & lung"[tiab] AND 100% #1 + é',
    retmode: "json",
    datetype: "pdat",
    mindate: "1800/01/01",
    maxdate: "2010/05",
    retstart: "0",
    retmax: "2",
    api_key: "secret",
    tool: "test",
    email: "a@b.c",
  });
  assert.is(server.seen[0]!.path, "/esearch.fcgi");
  await server.close();
});

test("a count of 3 with one identifier is told and not kept: the next search asks again", async () => {
  let calls = 0;
  const server = await loopback(({ params }) => ({
    body: ++calls === 1 ? esearchPage(3, { ...params, retmax: "1" }) : esearchPage(3, params),
  }));
  const engine = eutils({ ...fast, base: server.base, cache: temporaryFolder() });
  const short = await engine.search("asthma", 10);
  assert.equal([short.hits.length, short.total, short.warnings], [1, 3, ["1 identifiers came where 3 were due"]]);
  for (let i = 0; i < 2; i++)
    assert.equal(await engine.search("asthma", 10).then(({ hits, warnings }) => [hits.length, warnings]), [3, []]);
  assert.is(calls, 2);
  await server.close();
});

test("a fault that could meet all queries is an outage: a lost term, a failed backend with a count of 0", async () => {
  for (const esearchresult of [
    { ERROR: "Empty term and query_key - nothing todo" },
    { count: "0", idlist: [], warninglist: { outputmessages: ["Search Backend failed: timed out"] } },
  ]) {
    const server = await loopback(() => ({ body: JSON.stringify({ esearchresult }) }));
    assert.is((await failure(eutils({ ...fast, base: server.base }).search("asthma", 5))).name, "SearchUnavailable");
    await server.close();
  }
});

test("10,000 hits are paged; of a PubMed search 9,999 can be listed, and the result says so", async () => {
  const server = await loopback(({ params }) => ({ body: esearchPage(25_000, params) }));
  const { hits, total, warnings } = await eutils({ ...fast, base: server.base }).search("cancer", 20_000);
  assert.is(total, 25_000);
  assert.is(hits.length, 9_999);
  assert.equal([hits[0]!.docId, hits.at(-1)!.docId], ["1", "9999"]);
  assert.match(warnings[0]!, "only the first 9999 of 25000");
  assert.equal(
    server.seen.map(({ params }) => [params["retstart"], params["retmax"]]),
    [
      ["0", "5000"],
      ["5000", "4999"],
    ],
  );
  assert.is((await eutils({ ...fast, base: server.base }).search("cancer", 0)).total, 25_000); // only counted
  await server.close();
});

test("other databases are paged through the history server, and a forgotten result set is searched again", async () => {
  let forgotten = true;
  const server = await loopback(({ path, params }) => {
    if (path === "/esearch.fcgi")
      return { body: esearchPage(12_000, params, { webenv: forgotten ? "old" : "new", querykey: "1" }) };
    if (params["WebEnv"] === "old") {
      forgotten = false;
      return { body: "<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>" };
    }
    const start = Number(params["retstart"]);
    return {
      type: "text/plain",
      body: Array.from(
        { length: Math.min(Number(params["retmax"]), 12_000 - start) },
        (_, i) => `${start + i + 1}\n`,
      ).join(""),
    };
  });
  const { hits } = await eutils({ ...fast, base: server.base, database: "pmc", cache: temporaryFolder() }).search(
    "ecology",
    11_000,
  );
  assert.is(hits.length, 11_000);
  assert.is(hits.at(-1)!.docId, "11000");
  assert.is(server.seen[0]!.params["usehistory"], "y");
  await server.close();
});

test("a 100 kB query is posted; NUL bytes are left out; right-to-left text stays; no blank query is sent", async () => {
  const server = await loopback(({ params }) => ({ body: esearchPage(1, params) }));
  const engine = eutils({ ...fast, base: server.base });
  const long = "(heart OR attack) ".repeat(6000).trim();
  for (const query of [long, "heart\u0000attack", "ربو [tiab] AND אסתמה", "((((", '"'])
    assert.is((await engine.search(query, 5)).total, 1, query.slice(0, 20));
  assert.equal(
    server.seen.map(({ method }) => method),
    ["POST", "GET", "GET", "GET", "GET"],
  );
  assert.is(server.seen[0]!.params["term"], long);
  assert.equal((await engine.search(" \u0000 ", 5)).hits, []);
  assert.is(server.seen.length, 5);
  await server.close();
});

test("a run repeats offline from its cassette, bit for bit; a question that is not on it is an outage", async () => {
  const server = await loopback(({ params }) => ({
    body: esearchPage(params["term"]!.length, params, { warninglist: { outputmessages: ["No items found."] } }),
  }));
  const [file, cache] = [join(temporaryFolder(), "cassette.jsonl"), temporaryFolder()];
  const questions = [
    ["heart", 3],
    ["heart attack", 50],
    ["aspirin", 5],
    ["heart", 3],
  ] as const;
  const run = async (engine: ReturnType<typeof eutils>) =>
    JSON.stringify(await Promise.all(questions.map(([query, k]) => engine.search(query, k, { maxDate: "2015" }))));
  const first = await run(eutils({ ...fast, base: server.base, cache, apiKey: "secret" }));
  assert.is(server.seen.length, 3); // one flight for the same question
  const recorded = await run(eutils({ ...fast, base: server.base, cache, record: file }));
  assert.is(server.seen.length, 3); // all from the cache, and the cassette is complete all the same
  await server.close();
  const offline = eutils({ ...fast, base: server.base, replay: file });
  assert.is(await run(offline), first);
  assert.is(recorded, first);
  assert.is((await failure(offline.search("a new question", 3))).name, "SearchUnavailable");
  const everything =
    readFileSync(file, "utf8") +
    readdirSync(cache, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("");
  assert.not.match(everything, "secret");
});

test("records come whole, in the order asked for, 200 a request", async () => {
  const record = (pmid: string) =>
    `<PubmedArticle><MedlineCitation><PMID>${pmid}</PMID><Article><ArticleTitle>T${pmid}</ArticleTitle></Article>` +
    "</MedlineCitation></PubmedArticle>";
  const server = await loopback(({ path, params }) => {
    const ids = params["id"]!.split(",").filter((id) => id !== "13");
    if (path === "/efetch.fcgi")
      return { type: "text/xml", body: `<PubmedArticleSet>${ids.reverse().map(record).join("")}</PubmedArticleSet>` };
    return {
      body: JSON.stringify({
        result: Object.fromEntries([["uids", ids], ...ids.map((id) => [id, { title: `T${id}` }])]),
      }),
    };
  });
  const engine = eutils({ ...fast, base: server.base });
  const pmids = Array.from({ length: 250 }, (_, i) => String(i + 1));
  for (const program of ["documents", "summaries"] as const) {
    const titles: string[] = [];
    for await (const { title } of engine[program](pmids)) titles.push(title);
    assert.equal(
      titles,
      pmids.filter((id) => id !== "13").map((id) => `T${id}`),
    );
  }
  assert.is(server.seen.length, 4);
  assert.match((await failure(engine.documents(["7", "NCT1"]).next())).message, '"NCT1" is no PMID');
  await server.close();
});

test("what the caller got wrong is said before anything is sent", async () => {
  const engine = eutils({ ...fast, base: "http://127.0.0.1:1" });
  for (const [work, name] of [
    [engine.search("x", -1), "RangeError"],
    [engine.search("x", Number.NaN), "RangeError"],
    [engine.search("x", 5, { maxDate: "tomorrow" }), "RangeError"],
    [engine.search("x", 5, { signal: AbortSignal.abort() }), "Interrupted"],
  ] as const)
    assert.is((await failure(work)).name, name);
  assert.throws(() => eutils({ pageSise: 3 } as object), /unknown setting "pageSise"/);
});

test.run();
