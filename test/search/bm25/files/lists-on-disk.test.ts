import { closeSync, openSync, truncateSync, writeSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { bm25, buildIndex } from "../../../../lib/search/bm25";
import { indexFile } from "../../../../lib/search/bm25/files/index-file";
import { listsOnDisk } from "../../../../lib/search/bm25/files/lists-on-disk";
import { temporaryFolder } from "../../../fixtures";

const rng = random("lists-on-disk");
const word = (): string => `w${Math.floor(400 * rng.next() ** 3)}`;
const documents = Array.from({ length: 3000 }, (_, i) => ({
  id: String(i),
  contents: Array.from({ length: 5 + rng.below(20) }, word).join(" "),
}));
const queries = Array.from({ length: 40 }, () => Array.from({ length: 1 + rng.below(8) }, word).join(" "));
const folder = temporaryFolder();
test.before(async () => void (await buildIndex(documents, folder)));

for (const [what, options] of [
  ["", {}],
  [", by two threads", { threads: 2 }],
  [", with no room to keep a list", { cacheBytes: 0 }],
] as const) {
  test(`an index whose postings stay on disk gives the same hits and scores${what}`, async () => {
    const [inMemory, onDisk] = [await bm25(folder), await bm25(folder, { resident: false, ...options })];
    for (const query of queries)
      for (const k of [1, 10, 1000])
        assert.equal(await onDisk.search(query, k), await inMemory.search(query, k), query);
    await onDisk.close();
    await onDisk.close();
    const error = await onDisk.search("w1", 1).catch((error: Error) => error);
    assert.is((error as Error).name, "SearchUnavailable"); // never an empty result
  });
}

test("lists are read once, and the ones used last are kept, up to so many bytes", () => {
  const read: string[] = [];
  const slice = (name: string, start: number, end: number) => (
    read.push(`${name} ${start}–${end}`), name === "docs" ? new Int32Array(end - start) : new Uint16Array(end - start)
  );
  // two lists of two postings, 6 bytes each
  const lists = listsOnDisk({ slice } as never, Uint32Array.of(0, 2, 4, 6), 24);
  for (const term of [0, 1, 0, 2, 0, 1]) assert.is(lists(term).end, 2);
  assert.equal(
    read.filter((each) => each.startsWith("docs")),
    ["docs 0–2", "docs 2–4", "docs 4–6", "docs 2–4"],
  );
});

test("damaged postings are noticed on opening; a file that is cut short later gives no empty result", async () => {
  const other = temporaryFolder();
  await buildIndex(documents, other);
  const engine = await bm25(other, { resident: false });
  truncateSync(indexFile(other), 5000);
  const error = await engine.search("w0 w1 w2", 5).catch((error: Error) => error);
  assert.match(String(error), /CorruptData.*cut short.*Build the index again/);
  await engine.close();
  await buildIndex(documents, other);
  const handle = openSync(indexFile(other), "r+");
  writeSync(handle, Buffer.of(255, 255), 0, 2, 60_000);
  closeSync(handle);
  assert.match(
    String(await bm25(other, { resident: false }).catch((error: Error) => error)),
    /CorruptData.*does not have its checksum/,
  );
});

test("documents in memory cannot stay on disk", async () => {
  assert.match(
    String(await bm25(documents, { resident: false }).catch((error: Error) => error)),
    /TypeError.*resident: false is for an index on disk/,
  );
  assert.match(
    String(await bm25(folder, { cacheBytes: -1 }).catch((error: Error) => error)),
    /RangeError.*cacheBytes is -1/,
  );
});

test.run();
