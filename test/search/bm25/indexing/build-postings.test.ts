import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildPostings } from "../../../../lib/search/bm25/indexing/build-postings";
import { find } from "../../../../lib/search/bm25/postings/dictionary";
import { unpacker } from "../../../../lib/search/bm25/postings/strings";

test("documents are numbered by the code points of their ids, whatever order they come in", async () => {
  const { ids } = await buildPostings(
    ["b", "\u{1f600}", "a", "\uffee", "B", "10", "9"].map((id) => ({ id, contents: "x" })),
  );
  assert.equal(
    Array.from({ length: 7 }, (_, i) => unpacker(ids)(i)),
    ["10", "9", "B", "a", "b", "\uffee", "\u{1f600}"],
  ); // UTF-16 would put the emoji before U+FFEE
});

test("a posting has its document, its frequency and the document's length", async () => {
  const { terms, starts, docs, pairs, frequencies, lengths, counted, tokens } = await buildPostings([
    { id: "2", contents: "heart heart attack" },
    { id: "1", contents: "Hearts" },
    { id: "3", contents: "the" },
  ]);
  const heart = find(terms, "heart");
  const of = (i: number) => [docs[i], frequencies[pairs[i]!], lengths[pairs[i]!]];
  assert.equal(
    [of(starts[heart]!), of(starts[heart]! + 1), starts[heart + 1]! - starts[heart]!],
    [[0, 1, 1], [1, 2, 3], 2],
  );
  assert.equal([counted, tokens], [2, 4]); // "the" is a stop word, so document 3 has no term
});

test("two documents with one id are refused", async () => {
  const error = await buildPostings([
    { id: "1", contents: "x" },
    { id: "2", contents: "x" },
    { id: "1", contents: "y" },
  ]).catch((error: Error) => error);
  assert.match(String(error), /two documents have the id "1", numbers 1 and 3. An id names one document/);
});

test("indexing reports where it is, and stops when asked to", async () => {
  const reports: number[] = [];
  const many = Array.from({ length: 25_000 }, (_, i) => ({ id: String(i), contents: "x y" }));
  await buildPostings(many, { onProgress: ({ documents }) => reports.push(documents) });
  assert.equal(reports, [10_000, 20_000, 25_000]);
  const stop = new AbortController();
  const error = await buildPostings(many, { signal: stop.signal, onProgress: () => stop.abort() }).catch(
    (error: Error) => error,
  );
  assert.is((error as Error).name, "Interrupted");
});

test.run();
