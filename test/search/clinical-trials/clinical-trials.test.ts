import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clinicalTrials } from "../../../lib/search/clinical-trials/clinical-trials";
import { readStudies } from "../../../lib/search/clinical-trials/studies";
import { sharedJson, temporaryFolder } from "../../fixtures";
import { type Seen, loopback } from "../remote/loopback";

const fast = { requestsPerSecond: 1000, backOffSeconds: 0.01, attempts: 3 };
const failure = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => assert.unreachable("it answered") as never,
    (error: Error) => error,
  );
const study = (number: number) => ({
  protocolSection: { identificationModule: { nctId: `NCT${String(number).padStart(8, "0")}` } },
});

/** `count` studies, page by page; the token says where the next page begins. */
function studies(count: number) {
  return ({ params }: Seen) => {
    const [from, size] = [Number(params["pageToken"] ?? 0), Number(params["pageSize"])];
    const to = Math.min(from + size, count);
    return {
      body: JSON.stringify({
        ...(params["countTotal"] ? { totalCount: count } : {}),
        studies: Array.from({ length: to - from }, (_, i) => study(from + i)),
        ...(to < count ? { nextPageToken: String(to) } : {}),
      }),
    };
  };
}

test("3,000 studies are three pages of 1,000, and no more is transferred than their numbers", async () => {
  const server = await loopback(studies(3_500));
  const { hits, total, warnings } = await clinicalTrials({ ...fast, base: server.base }).search(
    "asthma AND children",
    3000,
    { maxDate: "2012/02" },
  );
  assert.is(hits.length, 3000);
  assert.is(total, 3500);
  assert.equal(warnings, []);
  assert.equal([hits[0]!.docId, hits[2999]!.docId], ["NCT00000000", "NCT00002999"]);
  assert.equal(
    server.seen.map(({ params }) => params["pageToken"]),
    [undefined, "1000", "2000"],
  );
  assert.equal(server.seen[0]!.params, {
    "query.term": "asthma AND children",
    "filter.advanced": "AREA[StudyFirstPostDate]RANGE[MIN,2012-02-29]",
    fields: "NCTId",
    pageSize: "1000",
    countTotal: "true",
  });
  assert.is(server.seen[0]!.path, "/studies");
  await server.close();
});

test("a 400 for a query that cannot be parsed finds nothing; a 400 for a changed interface is an outage", () => {
  const bodies = sharedJson("data/eutils/errors.json") as
    | readonly { name: string; api: string; status: number; body: string }[]
    | undefined;
  const all = (bodies ?? []).filter(({ api }) => api === "ctgov-v2");
  for (const { name, status, body } of all) {
    const verdict = readStudies(false)({ status, type: "text/plain", body });
    assert.is(verdict.kind, name === "ctgov-400-enum-value" ? "answer" : "refused", name);
    if (verdict.kind === "answer")
      assert.ok(verdict.value.ids.length === 0 && verdict.value.warnings[0]!.startsWith("Error parsing query"));
    assert.is(
      readStudies(true)({ status, type: "text/plain", body }).kind,
      "refused",
      "a later page of a query that was parsed",
    );
  }
});

test("one recorded study, and bodies that are none", () => {
  const recorded = sharedJson("data/ctgov/aact-json/NCT06171568.json");
  if (recorded)
    assert.equal(
      readStudies(false)({ status: 200, type: "", body: JSON.stringify({ studies: [recorded], totalCount: 1 }) }),
      { kind: "answer", value: { ids: ["NCT06171568"], warnings: [], total: 1 } },
    );
  for (const body of ["", "<html></html>", "{}", '{"studies":[{}]}', '{"studies":[],"totalCount":7}', '{"studies":['])
    assert.is(readStudies(false)({ status: 200, type: "", body }).kind, "again", body);
  assert.is(readStudies(false)({ status: 200, type: "", body: '{"studies":[],"totalCount":0}' }).kind, "answer");
});

test("an outage in the middle of the pages is an exception, never half a result", async () => {
  const pages = studies(2500);
  const server = await loopback((seen) =>
    seen.params["pageToken"] === "2000" ? { status: 503, body: "down" } : pages(seen),
  );
  assert.is(
    (await failure(clinicalTrials({ ...fast, base: server.base }).search("x", 3000))).name,
    "SearchUnavailable",
  );
  await server.close();
});

test("a query that fits no URL finds nothing and says why; NUL and right-to-left text are no trouble", async () => {
  const pages = studies(1);
  const server = await loopback((seen) =>
    seen.params["query.term"]!.length > 8000 ? { status: 414, body: "" } : pages(seen),
  );
  const engine = clinicalTrials({ ...fast, base: server.base });
  assert.equal((await engine.search("heart ".repeat(2000), 5)).warnings, [
    "query too long: ClinicalTrials.gov does not take it",
    "no items found",
  ]);
  for (const query of ["ربو", "a\u0000b", "((AREA["]) assert.is((await engine.search(query, 5)).total, 1);
  assert.equal((await engine.search("  ", 5)).hits, []);
  await server.close();
});

test("a search replays from its cassette", async () => {
  const server = await loopback(studies(1200));
  const file = join(temporaryFolder(), "trials.jsonl");
  const first = await clinicalTrials({ ...fast, base: server.base, record: file }).search("asthma", 1100);
  await server.close();
  assert.equal(await clinicalTrials({ ...fast, base: server.base, replay: file }).search("asthma", 1100), first);
});

test("a refusal that could meet all queries alike is no answer", () => {
  const reply = (status: number, body: string) => ({ status, type: "text/plain", body });
  assert.is(readStudies(false)(reply(400, "Too many requests")).kind, "refused");
  assert.is(readStudies(false)(reply(400, "Too many clauses")).kind, "answer");
  assert.is(readStudies(false, 12)(reply(414, "")).kind, "refused", "12 characters are not too long");
  assert.is(readStudies(false, 9000)(reply(414, "")).kind, "answer");
  const study = { protocolSection: { identificationModule: { nctId: "NCT1" } } };
  assert.equal(
    readStudies(false)(reply(200, JSON.stringify({ studies: [study], totalCount: 3 }))),
    { kind: "answer", value: { ids: ["NCT1"], warnings: [], total: 3 }, passing: true },
    "one of three and no way to the rest: not kept",
  );
});

test.run();
