import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import type { Embedder } from "../../../lib/core/roles";
import { buildDense, type DenseProgress } from "../../../lib/search/dense/build";
import { dense } from "../../../lib/search/dense/dense";
import { temporaryFolder } from "../../fixtures";

/** "3,4" has the vector [3, 4]. */
const numbers: Embedder = {
  name: "numbers",
  embed: async (texts) => Float32Array.from(texts.flatMap((text) => text.split(",").map(Number))),
};
const vectors = (...rows: number[][]) => ({
  ids: rows.map((_, i) => `d${i}`),
  data: Float32Array.from(rows.flat()),
  dimensions: rows[0]!.length,
  encoder: "numbers",
});
const ids = (hits: readonly { docId: string }[]) => hits.map(({ docId }) => docId);
const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("did not throw") as never,
    (error: Error) => error,
  );
const consume = async (run: AsyncIterable<DenseProgress>): Promise<DenseProgress[]> => {
  const steps: DenseProgress[] = [];
  for await (const step of run) steps.push(step);
  return steps;
};

test("documents come by falling inner product, negative ones too, ties in their own order", async () => {
  const engine = await dense(vectors([1, 0], [0, 1], [-1, 0], [2, 0], [1, 0]), numbers);
  const { hits, total } = await engine.search("1,0.5", 10);
  assert.equal(hits, [
    { docId: "d3", score: 2 },
    { docId: "d0", score: 1 },
    { docId: "d4", score: 1 },
    { docId: "d1", score: 0.5 },
    { docId: "d2", score: -1 },
  ]);
  assert.is(total, 5);
  assert.equal(ids((await engine.search("1,0.5", 2)).hits), ["d3", "d0"]);
  assert.equal((await engine.search("1,0.5", 0)).hits, []);
});

/** 3,000 vectors of 16 dimensions, and the ten best for a query by sorting all of them. */
const rng = random("dense");
const many = vectors(
  ...Array.from({ length: 3000 }, () => Array.from({ length: 16 }, () => Math.fround(rng.next() - 0.5))),
);
const queries = Array.from({ length: 20 }, () => Array.from({ length: 16 }, () => Math.fround(rng.next() - 0.5)));
const sorted = (query: number[]) =>
  many.ids
    .map((docId, i) => ({ docId, score: query.reduce((sum, value, d) => sum + value * many.data[i * 16 + d]!, 0) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 10);

test("blocks and batches of queries change nothing", async () => {
  const engine = await dense(many, numbers, { block: 700 });
  const results = await engine.searchAll(queries.map(String), 10);
  for (const [q, query] of queries.entries()) assert.equal(ids(results[q]!.hits), ids(sorted(query)));
});

test("an encoder's own products are used, and freed", async () => {
  let alive = 0;
  const products: NonNullable<Embedder["products"]> = (part, D) => {
    alive++;
    return {
      of: async (qs) => Float32Array.from({ length: (qs.length / D) * (part.length / D) }, (_, i) => i),
      dispose: () => void alive--,
    };
  };
  const engine = await dense(vectors([1, 0], [0, 1], [1, 1]), { ...numbers, products }, { block: 2 });
  assert.equal(
    (await engine.search("1,1", 3)).hits.map(({ docId, score }) => [docId, score]),
    [
      ["d1", 1],
      ["d0", 0],
      ["d2", 0],
    ],
  );
  engine.dispose();
  assert.is(alive, 0);
});

test("the graph finds nearly all of the ten nearest, with their inner products", async () => {
  const engine = await dense(many, numbers, { approximate: true, threads: 1 });
  const results = await engine.searchAll(queries.map(String), 10);
  let found = 0;
  for (const [q, query] of queries.entries()) {
    const truth = sorted(query);
    found += results[q]!.hits.filter(({ docId }) => ids(truth).includes(docId)).length;
    assert.ok(Math.abs(results[q]!.hits[0]!.score - truth[0]!.score) < 0.1);
  }
  assert.ok(found >= 190, `${found} of 200`);
});

test("an index on disk is what was indexed", async () => {
  const folder = temporaryFolder();
  const documents = Array.from({ length: 10 }, (_, i) => ({ id: `é "${i}"`, contents: `${i},1` }));
  const steps = await consume(buildDense(documents, numbers, folder, { batch: 4 }));
  assert.equal(
    steps.map(({ documents }) => documents),
    [4, 8, 10],
  );
  const engine = await dense(folder, numbers);
  assert.is(engine.size, 10);
  assert.equal((await engine.search("1,0", 2)).hits, [
    { docId: 'é "9"', score: 9 },
    { docId: 'é "8"', score: 8 },
  ]);
  assert.equal(readdirSync(folder).sort(), ["dense.json", "ids.jsonl", "vectors.f32"]);
});

test("a graph is saved beside the vectors and read again: the same hits, and only built where none fits", async () => {
  const folder = temporaryFolder();
  const documents = many.ids.map((id, i) => ({
    id,
    contents: Array.from(many.data.subarray(i * 16, i * 16 + 16)).join(),
  }));
  await consume(buildDense(documents, numbers, folder));
  const found = async (options: object = {}) =>
    (
      await (
        await dense(folder, numbers, { approximate: true, threads: 1, ...options })
      ).searchAll(queries.map(String), 10)
    ).map(({ hits }) => hits);
  const graph = () => readFileSync(join(folder, "graph.usearch"));
  const made = () => statSync(join(folder, "graph.usearch")).mtimeMs + statSync(join(folder, "graph.usearch")).ino;

  const built = await found();
  assert.equal(readdirSync(folder).sort(), ["dense.json", "graph.json", "graph.usearch", "ids.jsonl", "vectors.f32"]);
  const first = made();
  assert.equal(await found(), built);
  assert.is(made(), first, "read, not built");

  const wide = await found({ expansionSearch: 400 }); // how a graph is searched is not what it is
  assert.is(made(), first);
  const truth = queries.map((query) => ids(sorted(query)));
  const recalled = (all: typeof built) =>
    all.flatMap((hits, q) => ids(hits).filter((id) => truth[q]!.includes(id))).length;
  assert.ok(recalled(wide) >= recalled(built), `${recalled(wide)} and ${recalled(built)}`);

  writeFileSync(
    join(folder, "graph.usearch"),
    graph().map((byte, i) => (i === 5000 ? byte ^ 1 : byte)),
  );
  assert.equal(await found(), built); // built again: the checksum was wrong
  assert.is.not(made(), first);
  await found({ connectivity: 8 });
  assert.is(JSON.parse(readFileSync(join(folder, "graph.json"), "utf8")).connectivity, 8);

  // other vectors: the graph of the old ones does not fit
  await consume(buildDense(documents.slice(0, 100), numbers, folder));
  const fewer = await found();
  assert.ok(fewer.flat().every(({ docId }) => Number(docId.slice(1)) < 100));
});

test("an interrupted indexing goes on where it stopped, whatever the crash left half written", async () => {
  const folder = temporaryFolder();
  const documents = Array.from({ length: 10 }, (_, i) => ({ id: `d${i}`, contents: `${i},1` }));
  for await (const { documents: done } of buildDense(documents, numbers, folder, { batch: 3 })) if (done === 6) break;
  appendFileSync(join(folder, "vectors.f32.part"), "torn");
  appendFileSync(join(folder, "ids.jsonl.part"), '"d6');
  const embedded: string[] = [];
  const watched: Embedder = {
    ...numbers,
    embed: (texts, options) => (embedded.push(...texts), numbers.embed(texts, options)),
  };
  await consume(buildDense(documents, watched, folder, { batch: 3 }));
  assert.equal(embedded, ["6,1", "7,1", "8,1", "9,1"]);
  assert.equal(
    ids((await (await dense(folder, numbers)).search("1,0", 10)).hits),
    documents.map(({ id }) => id).reverse(),
  );
});

test("other documents, or another encoder, do not continue an unfinished index", async () => {
  const folder = temporaryFolder();
  const documents = Array.from({ length: 4 }, (_, i) => ({ id: `d${i}`, contents: `${i},1` }));
  for await (const { documents: done } of buildDense(documents, numbers, folder, { batch: 2 })) if (done === 2) break;
  assert.match(
    (await rejection(consume(buildDense([...documents].reverse(), numbers, folder)))).message,
    /document 1 is "d3", but the unfinished index/,
  );
  assert.match(
    (await rejection(consume(buildDense(documents, { ...numbers, name: "other" }, folder)))).message,
    /by numbers, not other/,
  );
});

test("a finished index stays while a new one is being made, and when that fails", async () => {
  const folder = temporaryFolder();
  await consume(buildDense([{ id: "old", contents: "1,1" }], numbers, folder));
  await rejection(
    consume(
      buildDense(
        [
          { id: "new", contents: "1,1" },
          { id: "new", contents: "1,1" },
        ],
        numbers,
        folder,
      ),
    ),
  );
  assert.equal(ids((await (await dense(folder, numbers)).search("1,1", 9)).hits), ["old"]);
});

test("a damaged index is CorruptData, and an index of nothing has no hits", async () => {
  const folder = temporaryFolder();
  assert.is((await rejection(dense(folder, numbers))).name, "CorruptData");
  await consume(buildDense([], numbers, folder));
  assert.equal((await (await dense(folder, numbers)).search("1,1", 5)).hits, []);
  await consume(buildDense([{ id: "a", contents: "1,1" }], numbers, folder));
  const file = join(folder, "vectors.f32");
  const bytes = readFileSync(file);
  writeFileSync(file, Buffer.from(bytes.map((byte, i) => (i === 2 ? byte ^ 1 : byte))));
  assert.match((await rejection(dense(folder, numbers))).message, /checksum/);
  truncateSync(file, 5);
  assert.match((await rejection(dense(folder, numbers))).message, /it has 5 bytes, 1 vectors of 2 take 8/);
  assert.ok(existsSync(file));
});

test("queries by another encoder, dates and interruptions are refused", async () => {
  assert.match(
    (await rejection(dense(vectors([1]), { ...numbers, name: "other" }))).message,
    /the vectors are by numbers/,
  );
  const engine = await dense(vectors([1]), numbers);
  assert.is((await rejection(engine.search("1", 1, { maxDate: "2020" }))).name, "TypeError");
  assert.is((await rejection(engine.search("1", 1, { signal: AbortSignal.abort() }))).name, "Interrupted");
  assert.match((await rejection(engine.search("1,2", 1))).message, /the index has 1 dimensions/);
});

test("files of somebody else with an index's names are not replaced", async () => {
  for (const name of ["ids.jsonl", "vectors.f32", "dense.json", "vectors.f32.part"]) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, name), '"mine"\n');
    assert.match(
      (await rejection(consume(buildDense([{ id: "a", contents: "1,1" }], numbers, folder)))).message,
      new RegExp(`has ${name}, which no index of ours wrote`),
    );
    assert.equal([readdirSync(folder), readFileSync(join(folder, name), "utf8")], [[name], '"mine"\n']);
  }
});

test.run();
