import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { main } from "../../lib/cli/main";
import type { ScoredLine } from "../../lib/cli/scoring/score-rows";
import { keyOf } from "../../lib/search/remote/exchange";
import { buildIndex } from "../../lib/search/bm25";
import { esearchPage, loopback } from "../search/remote/loopback";
import { sharedFile, temporaryFolder } from "../fixtures";

/** Runs `deepretrieval score` and returns its exit code and what it wrote. */
async function score(
  ...argv: string[]
): Promise<{ readonly exit: number; readonly lines: readonly ScoredLine[]; readonly err: string }> {
  const written = { stdout: "", stderr: "" };
  const real = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ["stdout", "stderr"] as const)
    process[name].write = (text: string | Uint8Array) => ((written[name] += String(text)), true);
  try {
    await main(["score", ...argv]);
    return {
      exit: Number(process.exitCode ?? 0),
      lines: written.stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as ScoredLine),
      err: written.stderr,
    };
  } finally {
    Object.assign(process.stdout, { write: real.stdout });
    Object.assign(process.stderr, { write: real.stderr });
    process.exitCode = undefined;
  }
}

function rowsFile(...rows: readonly object[]): string {
  const file = join(temporaryFolder(), "rows.jsonl");
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  return file;
}

const turn = (query: string) => `Assistant: <think>t</think><answer>${query}</answer>`;
const spider = {
  data_source: "spider_test",
  ground_truth: { target: "SELECT a FROM t" },
  schema: "CREATE TABLE t(a); INSERT INTO t VALUES (1)",
};

test("a profile, an engine or a file that does not exist is a usage error", async () => {
  assert.match((await score("--profile", "lenient")).err, /--profile lenient: it is safe or reference/);
  assert.match(
    (await score("--engine", "altavista", rowsFile())).err,
    /no such engine. Engines: synthetic, corpus:FILE, bm25:DIR, pubmed\[:CASSETTE or URL\]/,
  );
  assert.match((await score("--engine", "corpus", rowsFile())).err, /write corpus:FILE/);
  assert.match((await score("--engine", "synthetic:x", rowsFile())).err, /takes nothing after a colon/);
  const { exit, err } = await score("absent.jsonl");
  assert.is(exit, 2);
  assert.match(err, /absent.jsonl: there is no such file/);
});

test("rows bring their own database, and what is invalid is said on stderr and ends with 1", async () => {
  const file = rowsFile(
    { ...spider, solution_str: turn('{"sql":"SELECT 1"}') },
    { ...spider, solution_str: turn('{"sql":"DROP TABLE t"}') },
    { ...spider },
  );
  const { exit, lines, err } = await score(file);
  assert.equal(
    lines.map(({ score, kind }) => [score, kind]),
    [
      [1.1, "scored"],
      [0, "scored"],
      [null, "invalid"],
    ],
  );
  assert.match(lines[1]!.why, /the query failed: not authorized/);
  assert.match(err, /rows.jsonl:3: the row has no "solution_str"/);
  assert.match(err, /3 rows: 2 scored, 0 malformed, 0 outage, 1 invalid\nreward 0.5500 over 2, EX 0.5000 over 2/);
  assert.match(err, /\nSQL ran on SQLite 3\.\d+\.\d+; averages of another version may differ in the last digit/);
  assert.is(exit, 1);
  assert.not.match((await score(rowsFile())).err, /SQLite/);
});

test("a database that is not there is an outage, not a reward", async () => {
  const { exit, lines } = await score(
    rowsFile({
      ...spider,
      schema: undefined,
      extra_info: { db_path: "no/such.sqlite" },
      solution_str: turn('{"sql":"SELECT 1"}'),
    }),
  );
  assert.equal([lines[0]!.kind, lines[0]!.score, exit], ["outage", null, 1]);
});

test("PubMed is replayed from a cassette; what is not on it is an outage, never a reward", async () => {
  const params = { db: "pubmed", term: "aspirin", retmode: "json", retstart: "0", retmax: "3000" };
  const url = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/esearch.fcgi";
  const body = JSON.stringify({ esearchresult: { count: "2", idlist: ["1", "2"] } });
  const file = join(temporaryFolder(), "cassette.jsonl");
  writeFileSync(
    file,
    `${JSON.stringify({ key: keyOf({ url, params }), url, params, reply: { status: 200, type: "", body } })}\n`,
  );
  const row = (query: string) => ({
    data_source: "pubmed",
    solution_str: turn(JSON.stringify({ query })),
    ground_truth: { target: ["1"] },
  });
  const { exit, lines } = await score("--engine", `pubmed:${file}`, rowsFile(row("aspirin"), row("ibuprofen")));
  assert.equal(
    lines.map(({ kind, score }) => [kind, score]),
    [
      ["scored", 6],
      ["outage", null],
    ],
  );
  assert.is(exit, 1);
});

test("the embedded engine searches for rows without a result", async () => {
  const { exit, lines } = await score(
    "--engine",
    "synthetic",
    rowsFile({
      data_source: "pubmed",
      solution_str: turn('{"query":"no-such-word-anywhere"}'),
      ground_truth: { target: ["1"] },
    }),
  );
  assert.equal([exit, lines[0]!.score, lines[0]!.kind], [0, -2.5, "scored"]);
});

test("a BM25 index searches, and a file of passages tells where the answers are", async () => {
  const folder = temporaryFolder();
  const passages = [
    { id: "p1", title: "Tin", text: "Tin is a metal." },
    { id: "p2", title: "Radium", text: "Marie Curie found radium." },
  ];
  const file = join(folder, "passages.jsonl");
  writeFileSync(file, passages.map((passage) => JSON.stringify(passage)).join("\n"));
  await buildIndex(
    passages.map(({ id, title, text }) => ({ id, contents: `${title}\n${text}` })),
    join(folder, "index"),
  );
  const row = (query: string) => ({
    data_source: "nq_serini",
    solution_str: turn(`{"query":"${query}"}`),
    ground_truth: { target: ["Marie Curie"] },
  });
  const { exit, lines, err } = await score(
    "--engine",
    `bm25:${join(folder, "index")}`,
    "--passages",
    file,
    rowsFile(row("radium"), row("tin")),
  );
  assert.equal([exit, lines.map(({ score }) => score)], [0, [6, -2.5]], err);
});

test("PubMed itself searches for rows without a result; its address may be given", async () => {
  const server = await loopback(({ params }) => ({ body: esearchPage(3, params) }));
  const { exit, lines, err } = await score(
    "--engine",
    `pubmed:${server.base}`,
    rowsFile({
      data_source: "pubmed",
      solution_str: turn('{"query":"aspirin"}'),
      ground_truth: { target: ["1"] },
      pub_date: "2010/05/01",
    }),
  );
  await server.close();
  assert.is(exit, 0, err);
  assert.is(lines[0]!.kind, "scored");
  assert.is(server.seen[0]!.params["maxdate"], "2010/05/01");
});

const golden = sharedFile("golden/reward-cases.jsonl");
if (golden) {
  test(
    "all 328 recorded cases come out in order with the reference's numbers; recorded outages stay " + "outages",
    async () => {
      const { exit, lines, err } = await score("--profile", "reference", golden);
      const cases = readFileSync(golden, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { id: string; score: number; retrieved?: unknown });
      assert.is(lines.length, 328);
      for (const [i, { id, score }] of cases.entries()) assert.is(lines[i]!.score, score, id);
      assert.match(err, /328 rows: 254 scored, 69 malformed, 5 outage, 0 invalid/);
      assert.is(exit, 0);
    },
  );
}

test.run();
