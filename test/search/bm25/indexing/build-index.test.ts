import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { buildIndex } from "../../../../lib/search/bm25/indexing/build-index";
import { indexFile } from "../../../../lib/search/bm25/files/index-file";
import { temporaryFolder } from "../../../fixtures";

const rng = random("build index");
const word = (): string => `w${Math.floor(3000 * rng.next() ** 3)}`;
const corpus = Array.from({ length: 3000 }, (_, i) => ({
  id: String(i),
  contents: Array.from({ length: rng.below(40) }, word).join(" "),
})); // "10" comes before "9": documents are renumbered; some are empty

const whole = async (): Promise<Buffer> => {
  const folder = temporaryFolder();
  await buildIndex(corpus, folder);
  return readFileSync(indexFile(folder));
};
const failure = (promise: Promise<unknown>): Promise<Error & { code?: string }> =>
  promise.then(
    () => assert.unreachable(),
    (error) => error,
  );

/** Throws once the corpus is read up to document `at`. */
function* breaking(at: number, error: Error): Generator<(typeof corpus)[0], void, undefined> {
  yield* corpus.slice(0, at);
  throw error;
}

test("an index made in parts is the same, byte for byte, and nothing is left beside it", async () => {
  const expected = await whole();
  for (const postingsAtOnce of [1000, 20_000]) {
    // 50,000 postings
    const folder = temporaryFolder();
    const merged: number[] = [];
    const { documents, postings } = await buildIndex(corpus, folder, {
      postingsAtOnce,
      onProgress: (progress) => merged.push(progress.merged),
    });
    assert.is(documents, 3000);
    assert.ok(readFileSync(indexFile(folder)).equals(expected), `${postingsAtOnce} at once`);
    assert.equal(readdirSync(folder), ["bm25.index"]);
    assert.is(merged.at(-1), postings);
  }
});

test("after an interruption the finished parts are not indexed again, and the index is the same", async () => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  let read = 0;
  function* documents(): Generator<(typeof corpus)[0], void, undefined> {
    for (const document of corpus) {
      if (++read === 2000) stop.abort();
      yield document;
    }
  }
  const error = await failure(buildIndex(documents(), folder, { postingsAtOnce: 5000, signal: stop.signal }));
  assert.is(error.name, "Interrupted");
  const kept = Number(/the first (\d+) documents are kept/.exec(error.message)![1]);
  assert.ok(kept > 1500 && kept < 2000, `${kept}`);
  assert.not.ok(existsSync(indexFile(folder)));

  const progress: number[] = [];
  await buildIndex(corpus, folder, { postingsAtOnce: 5000, onProgress: ({ documents }) => progress.push(documents) });
  assert.ok(readFileSync(indexFile(folder)).equals(await whole()));
  assert.equal(readdirSync(folder), ["bm25.index"]);
});

test("segments of another corpus are refused: an id, a text, or the number of documents differs", async () => {
  const folder = temporaryFolder();
  await failure(buildIndex(breaking(1000, new Error("x")), folder, { postingsAtOnce: 2000 }));
  for (const [other, why] of [
    [
      corpus.map((document, i) => (i === 7 ? { ...document, id: "other" } : document)),
      /document 8 was "7" and is "other"/,
    ],
    [
      corpus.map((document, i) => (i === 7 ? { ...document, contents: "other" } : document)),
      /a text among documents 1 to \d+ has changed/,
    ],
    [corpus.slice(0, 100), /it has 100 documents, and \d+ were indexed/],
  ] as const) {
    const { name, message } = await failure(buildIndex(other, folder, { postingsAtOnce: 2000 }));
    assert.is(name, "CorruptData");
    assert.match(message, why);
    assert.match(message, /bm25.building: holds an unfinished index of another corpus.*or remove this folder/);
  }
});

test("a part that is damaged is not trusted", async () => {
  const folder = temporaryFolder();
  await failure(buildIndex(breaking(1000, new Error("x")), folder, { postingsAtOnce: 2000 }));
  const file = join(folder, "bm25.building", "segment-00001");
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('"documents"') + 12]! ^= 1;
  writeFileSync(file, bytes);
  assert.match(
    (await failure(buildIndex(corpus, folder))).message,
    /segment-00001: is damaged.*Remove .*bm25.building and index from the beginning/,
  );
});

test("a full disk is said in a line, with what to do; the old index and the finished parts stay", async () => {
  const folder = temporaryFolder();
  await buildIndex(corpus.slice(0, 10), folder);
  const old = readFileSync(indexFile(folder));
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const { code, message } = await failure(buildIndex(breaking(1000, full), folder, { postingsAtOnce: 2000 }));
  assert.is(code, "ENOSPC");
  assert.match(
    message,
    new RegExp(
      String.raw`: the disk is full \(ENOSPC: no space left on device, write\)\. ` +
        String.raw`An index that was there is as it was; the first \d+ documents are kept.*Free some space`,
    ),
  );
  assert.ok(readFileSync(indexFile(folder)).equals(old));
});

test("what somebody else has put where a build works stays, and a file that is no index is not replaced", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "bm25.building"));
  writeFileSync(join(folder, "bm25.building", "notes.txt"), "mine");
  await buildIndex(corpus.slice(0, 200), folder, { postingsAtOnce: 1000 });
  assert.equal(readdirSync(join(folder, "bm25.building")), ["notes.txt"]);
  const other = temporaryFolder();
  writeFileSync(indexFile(other), "not an index at all");
  assert.match(
    (await failure(buildIndex(corpus.slice(0, 10), other))).message,
    /bm25\.index is no index of ours, and would be replaced/,
  );
  assert.is(readFileSync(indexFile(other), "utf8"), "not an index at all");
});

test.run();
