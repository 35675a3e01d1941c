import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSearch } from "../../../lib/search/eutils/esearch";
import { readFetch, readSummaries } from "../../../lib/search/eutils/documents";
import { readIdList } from "../../../lib/search/eutils/id-list";
import type { Reply } from "../../../lib/search/remote/exchange";
import { sharedFile, sharedJson } from "../../fixtures";

const reply = (body: string, status = 200): Reply => ({ status, type: "", body });
const json = (result: object): Reply => reply(JSON.stringify({ header: { type: "esearch" }, esearchresult: result }));

test("a count and identifiers are an answer, from JSON and from XML alike", () => {
  const expected = {
    count: 12,
    ids: ["7", "8"],
    warnings: ["phrase not found: aswfgh", "phrases ignored: and"],
    translation: "cancer[All Fields]",
    history: { WebEnv: "W", query_key: "1" },
  };
  const fromJson = json({
    count: "12",
    idlist: ["7", "8"],
    querytranslation: "cancer[All Fields]",
    webenv: "W",
    querykey: "1",
    errorlist: { phrasesnotfound: ["aswfgh"], fieldsnotfound: [] },
    warninglist: { phrasesignored: ["and"], quotedphrasesnotfound: [], outputmessages: [] },
  });
  const fromXml = reply(
    "<eSearchResult><Count>12</Count><QueryKey>1</QueryKey><WebEnv>W</WebEnv><IdList><Id>7</Id><Id>8</Id>" +
      "</IdList><QueryTranslation>cancer[All Fields]</QueryTranslation><ErrorList><PhraseNotFound>" +
      "aswfgh</PhraseNotFound></ErrorList><WarningList><PhraseIgnored>and</PhraseIgnored></WarningList>" +
      "</eSearchResult>",
  );
  for (const each of [fromJson, fromXml]) assert.equal(readSearch(2)(each), { kind: "answer", value: expected });
});

test("nothing found is an answer; nothing listed where there are matches is an outage", () => {
  assert.equal(readSearch(20)(json({ count: "0", idlist: [] })).kind, "answer");
  assert.equal(readSearch(0)(json({ count: "12", idlist: [] })).kind, "answer"); // only the count was asked for
  assert.equal(readSearch(20)(json({ count: "12", idlist: [] })).kind, "again");
  assert.equal(readSearch(20, 12)(json({ count: "12", idlist: [] })).kind, "answer"); // a page after the last
  assert.equal(readSearch(20)(json({ idlist: ["1"] })).kind, "again"); // no count
});

test("what a query says cannot pass for an error of the service", () => {
  const echo = json({
    count: "0",
    idlist: [],
    querytranslation: 'API rate limit exceeded "error":"API key invalid"',
    errorlist: { phrasesnotfound: ['{"error":"API rate limit exceeded"}'] },
  });
  assert.is(readSearch(20)(echo).kind, "answer");
});

/** What each recorded body amounts to where a search was asked for. */
const expected: Readonly<Record<string, string>> = {
  "rate-limit-429-ip": "again",
  "rate-limit-429-post": "again",
  "rate-limit-documented": "again",
  "esearch-200-backend-failed-resolve": "again",
  "esearch-200-retstart-over-9998": "again",
  "esearch-200-expired-webenv": "again",
  "efetch-history-retstart": "again",
  "esummary-empty-id-list": "again",
  "esummary-invalid-uid": "again",
  "esearch-json-terms-dropped-hits-remain": "answer",
  "esearch-xml-zero-valid-mesh": "answer",
  "esearch-xml-zero-unquoted-nonsense": "answer",
  "esearch-xml-2003-cant-run-executor": "answer",
};

test("every recorded body of NCBI is told apart: an outage is asked again, an answer is read with its warnings", () => {
  const bodies = sharedJson("data/eutils/errors.json") as
    | readonly { name: string; api: string; status?: number; body: string }[]
    | undefined;
  for (const { name, api, status = 200, body } of bodies ?? []) {
    if (api !== "eutils") continue;
    const verdict = readSearch(50)(reply(body, status));
    assert.is(verdict.kind, expected[name] ?? "again", name);
    if (name === "rate-limit-documented")
      assert.is(readSearch(50)(reply(body, 200)).kind, "again", "rate limit under status 200");
    if (name === "esearch-200-retstart-over-9998")
      assert.match((verdict as { why: string }).why, /cannot be larger than 9998/);
    if (verdict.kind !== "answer") continue;
    assert.ok(verdict.value.warnings.length > 0, name);
    assert.is(verdict.value.count, name.includes("hits-remain") ? 7359 : 0);
    // the same bodies where records were asked for are no records
    assert.is.not(readFetch(reply(body, status)).kind, "answer", name);
  }
});

test("the recorded searches of 20 years are read; what has no count is never an answer", () => {
  for (const [folder, pattern] of [
    ["data/eutils/biopython", /^esearch\d.xml$/],
    ["data/eutils/bio-eutils-2003", /^search\w+\d\w*.xml$/],
  ] as const) {
    const path = sharedFile(folder);
    if (!path) return;
    for (const file of readdirSync(path).filter((name) => pattern.test(name))) {
      const body = readFileSync(join(path, file), "utf8");
      const verdict = readSearch(20)(reply(body));
      const count = /<Count>(\d+)<\/Count>/.exec(body)?.[1];
      const empty = count !== "0" && !/<Id>/.test(body);
      if (count !== undefined && !empty)
        assert.is((verdict as { value: { count: number } }).value.count, Number(count), file);
      else if (count === undefined && verdict.kind === "answer")
        // the query is at fault, and it says why
        assert.ok(verdict.value.count === 0 && verdict.value.warnings.length > 0, file);
      else assert.is(verdict.kind, count === undefined ? verdict.kind : "again", file);
    }
  }
});

test("a forgotten result set is told from a list of identifiers and from an outage", () => {
  assert.equal(readIdList(2)(reply("12\n13\n")), { kind: "answer", value: { ids: ["12", "13"], warnings: [] } });
  assert.equal(readIdList(2)(reply('{"esearchresult":{"ERROR":"Unable to obtain query #1"}}')), {
    kind: "answer",
    value: "expired",
    passing: true,
  });
  for (const body of [
    "",
    "<html>down</html>",
    "<eFetchResult><ERROR>Search backend cannot retrieve history data.</ERROR></eFetchResult>",
  ])
    assert.is(readIdList(2)(reply(body)).kind, "again");
});

test("summaries have what EFetch has but abstract and headings; an identifier without one is left out", () => {
  const body = {
    header: {},
    result: {
      uids: ["7", "9"],
      7: {
        uid: "7",
        sortpubdate: "2019/01/15 00:00",
        fulljournalname: "Heart",
        title: "T",
        authors: [{ name: "Kon E" }],
        pubtype: ["Review"],
      },
      9: { uid: "9", error: "cannot get document summary" },
    },
  };
  assert.equal(readSummaries(reply(JSON.stringify(body))), {
    kind: "answer",
    value: [
      {
        pmid: "7",
        title: "T",
        abstract: "",
        mesh: [],
        date: "2019/01/15",
        journal: "Heart",
        authors: ["Kon E"],
        types: ["Review"],
      },
    ],
  });
  assert.is(readSummaries(reply('{"esummaryresult":["Empty id list - nothing todo"]}')).kind, "again");
});

test.run();
