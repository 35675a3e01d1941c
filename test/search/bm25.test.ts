import { test } from "uvu";
import * as assert from "uvu/assert";
import { bm25, buildIndex } from "../../lib/search/bm25";
import { temporaryFolder } from "../fixtures";

const documents = Object.entries({
  d10: "Aspirin for the prevention of stroke: aspirin, aspirin and aspirin again.",
  d9: "Stroke's risk and the patients' aspirin dose",
  d1: "Heart attacks and heart failure",
  b: "A heart attack is not a stroke",
  a: "A stroke is not a heart attack",
  é: "Crise cardiaque: l'aspirine à 75.5 mg, naïve Ärzte, ΣΊΣΥΦΟΣ",
  Z: "心臓発作 および 脳卒中 アスピリン",
  long:
    "patients patients with many many words words that say say little little about about anything anything " +
    "whatever whatever in in this this trial trial of of vitamin D deficiency D3 and and other other things " +
    "things heart running runner runs ran stroke rehabilitation rehabilitated",
  stop: "the of and",
}).map(([id, contents]) => ({ id, contents }));

// What Lucene 9.5 scores over these documents, through Anserini 0.22.1: docid, score, in order.
const lucene: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  "aspirin stroke": [
    ["d10", 1.339076042175293],
    ["d9", 1.025404691696167],
    ["a", 0.29780563712120056],
    ["b", 0.29780563712120056],
    ["long", 0.1741170883178711],
  ],
  "heart attack attack": [
    ["d1", 1.631711483001709],
    ["a", 1.561404824256897],
    ["b", 1.561404824256897],
    ["long", 0.24506506323814392],
  ],
  "patients with vitamin D3 deficiency running": [
    ["long", 3.5056533813476562],
    ["d9", 0.7406495213508606],
  ],
  "心臓 アスピリン naïve σίσυφος 75.5": [
    ["Z", 2.746914863586426],
    ["é", 1.9050604104995728],
  ],
  "(aspirin AND stroke) OR heart*": [
    ["d10", 1.339076042175293],
    ["d9", 1.025404691696167],
    ["a", 0.7169589400291443],
    ["b", 0.7169589400291443],
    ["d1", 0.5150487422943115],
    ["long", 0.419182151556015],
  ],
};
const luceneDefaults = [
  ["d1", 1.6425411701202393],
  ["a", 1.6298784017562866],
  ["b", 1.6298784017562866],
  ["long", 0.15331542491912842],
]; // "heart attack attack", k1 1.2, b 0.75
const luceneContents = [
  ["a", 0.29780563712120056],
  ["b", 0.29780563712120056],
  ["d9", 0.2847551107406616],
  ["d10", 0.27280038595199585],
  ["long", 0.1741170883178711],
]; // "contents:aspirin stroke"

const pairs = async (engine: Awaited<ReturnType<typeof bm25>>, query: string, k = 10) =>
  (await engine.search(query, k)).hits.map(({ docId, score }) => [docId, score]);

test("hits, scores to the last bit and the order of ties are Lucene's", async () => {
  const engine = await bm25(documents);
  for (const [query, expected] of Object.entries(lucene)) assert.equal(await pairs(engine, query), expected, query);
  assert.equal(await pairs(await bm25(documents, { k1: 1.2, b: 0.75 }), "heart attack attack"), luceneDefaults);
});

test("k cuts the ranking", async () => {
  assert.equal(await pairs(await bm25(documents), "aspirin stroke", 2), lucene["aspirin stroke"]!.slice(0, 2));
  assert.equal(await pairs(await bm25(documents), "aspirin stroke", 0), []);
});

test("the reference's contents: prefix loses the first word, by option", async () => {
  assert.equal(await pairs(await bm25(documents, { contentsPrefix: true }), "aspirin stroke"), luceneContents);
});

test("an index on disk and worker threads give the same", async () => {
  const folder = temporaryFolder();
  assert.equal((await buildIndex(documents, folder)).documents, 9);
  const engine = await bm25(folder, { threads: 2 });
  const queries = Object.keys(lucene);
  assert.equal(
    await Promise.all(queries.map((query) => pairs(engine, query))),
    queries.map((query) => lucene[query]),
  );
  await engine.close();
  const error = await engine.search("stroke", 1).catch((error: Error) => error);
  assert.is((error as Error).name, "SearchUnavailable"); // never an empty result
});

test("no query throws: nothing to search for is no hits and a warning", async () => {
  const engine = await bm25(documents);
  for (const query of ["", "  ", "the of", '((( "', "\u0000\u0000", "?!"])
    assert.equal(
      await engine.search(query, 5),
      { hits: [], total: 0, warnings: ["the query has no words to search for"] },
      query,
    );
  assert.equal((await engine.search("zebra", 5)).warnings, ["no word of the query is in any document"]);
  assert.equal(
    (await engine.search("\u202estroke \u0000aspirin\u0000 שבץ", 5)).hits.map(({ docId }) => docId),
    ["d10", "d9", "a", "b", "long"],
  );
  const long = await engine.search(
    `${"stroke aspirin (heart) ".repeat(3500)}${"x".repeat(20_000)} ` +
      `${Array.from({ length: 5000 }, (_, i) => `w${i}`).join(" ")}`,
    3,
  ); // over 100 kB
  assert.equal(
    long.hits.map(({ docId }) => docId),
    ["d10", "d9", "a"],
  );
});

test("what the caller gets wrong is said", async () => {
  await rejects(bm25(documents, { k1: -1 }), /k1 is -1; it must be a number from 0/);
  await rejects(bm25(documents, { b: 1.5 }), /b is 1.5; it must be between 0 and 1/);
  const engine = await bm25(documents);
  await rejects(engine.search("x", NaN), /k is NaN/);
  await rejects(engine.search("x", 1, { maxDate: "2010" }), /knows no dates/);
  await rejects(engine.search("x", 1, { signal: AbortSignal.abort() }), /interrupted/);
});

async function rejects(promise: Promise<unknown>, expected: RegExp): Promise<void> {
  assert.match(String(await promise.then(() => "no error", String)), expected);
}

test.run();
