import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { buildPostings } from "../../../../lib/search/bm25/indexing/build-postings";
import { find } from "../../../../lib/search/bm25/postings/dictionary";
import { residentLists, type Postings } from "../../../../lib/search/bm25/postings/postings";
import { searcher } from "../../../../lib/search/bm25/searching/searcher";
import { contribution, saturations, termWeight } from "../../../../lib/search/bm25/searching/weights";

const numbers = (postings: Postings, terms: readonly string[]): number[] =>
  terms.map((term) => find(postings.terms, term));

test("a score is the formula, worked out by hand", async () => {
  const postings = await buildPostings([
    { id: "1", contents: "x x y" },
    { id: "2", contents: "y" },
  ]);
  const { docs, scores } = searcher(postings, residentLists(postings), { k1: 0.9, b: 0.4 })(
    numbers(postings, ["x"]),
    10,
  );
  // idf = ln(1 + (2 − 1 + ½) / (1 + ½)) = ln 2;  K = 0.9·(0.6 + 0.4·3/2) = 1.08
  // score = ln 2 · (1 − 1/(1 + 2/1.08)) = ln 2 · 0.649351
  assert.equal([...docs], [0]);
  assert.ok(Math.abs(scores[0]! - Math.log(2) * 0.6493506) < 1e-6, `${scores[0]}`);
});

/** Every document's score, sorted. */
function exhaustive(postings: Postings, terms: readonly string[], k: number): [number, number][] {
  const saturation = saturations(postings, { k1: 0.9, b: 0.4 });
  const sums = new Map<number, number>();
  for (const term of new Set(terms)) {
    const t = find(postings.terms, term);
    if (t < 0) continue;
    const [from, to] = [postings.starts[t]!, postings.starts[t + 1]!];
    const weight = termWeight(postings.counted, to - from, terms.filter((other) => other === term).length);
    for (let i = from; i < to; i++)
      sums.set(
        postings.docs[i]!,
        (sums.get(postings.docs[i]!) ?? 0) + contribution(weight, saturation[postings.pairs[i]!]!),
      );
  }
  return [...sums]
    .map(([doc, sum]): [number, number] => [doc, Math.fround(sum)])
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, k);
}

/** Documents of a few frequent words and many rare ones. */
function corpus(documents: number, words: number, seed: string) {
  const rng = random(seed);
  const word = (): string => `w${Math.floor(words * rng.next() ** 4)}`;
  return {
    rng,
    word,
    documents: Array.from({ length: documents }, (_, i) => ({
      id: String(i),
      contents: Array.from({ length: 5 + rng.below(20) }, word).join(" "),
    })),
  };
}

for (const [documents, words] of [
  [10_000, 600],
  [10_000, 60_000],
  [300, 40],
] as const) {
  test(`the top k is the same as after scoring all of ${documents} documents, of ${words} words`, async () => {
    const { rng, word, documents: all } = corpus(documents, words, "searcher");
    const postings = await buildPostings(all);
    const search = searcher(postings, residentLists(postings), { k1: 0.9, b: 0.4 });
    for (let query = 0; query < 25; query++) {
      const terms = Array.from({ length: 1 + rng.below(12) }, word);
      for (const k of [1, 10, 100, 1000]) {
        const { docs, scores } = search(numbers(postings, terms), k);
        assert.equal(
          Array.from(docs, (doc, i) => [doc, scores[i]]),
          exhaustive(postings, terms, k),
          `${terms} k ${k}`,
        );
      }
    }
  });
}

test("nothing is lost where the documents of a sample are better than the others", async () => {
  const common = Array.from({ length: 70_000 }, (_, i) => ({
    id: String(i).padStart(5, "0"),
    contents: i < 4096 ? "x" : "x y y y",
  })); // the first window is in the sample
  const postings = await buildPostings(common);
  const { docs, scores } = searcher(postings, residentLists(postings), { k1: 0.9, b: 0.4 })(
    numbers(postings, ["x"]),
    4200,
  );
  assert.equal(
    [...docs],
    Array.from({ length: 4200 }, (_, i) => i),
  ); // shorter documents first, then by number
  assert.ok(scores[4095]! > scores[4096]!);
});

test("no known term, no document, and k = 0 are answered with nothing", async () => {
  const postings = await buildPostings([{ id: "1", contents: "x" }]);
  const search = searcher(postings, residentLists(postings), { k1: 0.9, b: 0.4 });
  for (const [terms, k] of [
    [[], 10],
    [["unknown"], 10],
    [["x"], 0],
  ] as const)
    assert.is(search(numbers(postings, terms), k).docs.length, 0);
  const none = await buildPostings([]);
  assert.is(searcher(none, residentLists(none), { k1: 0.9, b: 0.4 })([-1], 10).docs.length, 0);
});

test.run();
