import type { SearchDocument } from "../../core/documents";
import { readBeir } from "../../data/beir";
import { absentSentence, watched } from "../../data/judged";
import { averagePrecisionAt } from "../../metrics/average-precision";
import { ndcgAt } from "../../metrics/ndcg";
import { recallAt } from "../../metrics/recall";
import { encoder } from "../../models/encoder/encoder";
import { bm25, bm25Defaults } from "../../search/bm25";
import { dense, type Dense } from "../../search/dense/dense";
import { exitCodes } from "../notebooks/execute-notebook";
import { modelHere, numberOf, parseOptions, pathHere, UsageError } from "../command/usage";

export const evalIrUsage = `deepretrieval eval ir --beir DIR [options]     BM25, or an encoder, on a test collection, as Anserini and trec_eval report it

  --beir DIR       corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, plain or gzipped
  --split NAME     which judgments (default: test)
  --k1 X --b X     parameters of BM25 (default: ${bm25Defaults.k1} and ${bm25Defaults.b})
  --contents       send "contents:" before every query, as the reference does
  --dense MODEL    vectors by this encoder, a Hub id or a folder, compared exactly, instead of BM25
  --json           print the measures as JSON on stdout`;

const depth = 1000; // hits for each query
const metrics = [ndcgAt(10), recallAt(100), recallAt(1000), averagePrecisionAt(Infinity)];

/** `deepretrieval eval ir`. Returns the exit code. */
export async function evalIr(argv: readonly string[]): Promise<number> {
  const { values } = parseOptions({
    args: [...argv],
    options: {
      beir: { type: "string" },
      split: { type: "string" },
      k1: { type: "string" },
      b: { type: "string" },
      contents: { type: "boolean" },
      dense: { type: "string" },
      json: { type: "boolean" },
    },
  });
  if (values.beir === undefined) throw new UsageError("which collection? Give --beir DIR");
  const parameters = {
    k1: numberOf("--k1", values.k1, bm25Defaults.k1),
    b: numberOf("--b", values.b, bm25Defaults.b, { most: 1 }),
    contentsPrefix: values.contents ?? false,
  };
  const began = performance.now();
  const { name, queries, judgments, corpus } = await readBeir(pathHere(values.beir), values.split ?? "test");
  const { documents, absent } = watched(corpus(), judgments);
  const engine =
    values.dense === undefined
      ? await bm25(documents, parameters)
      : await denseOver(documents, modelHere(values.dense));
  const lacking = absentSentence(`the corpus of ${name}`, absent());
  if (lacking !== undefined) process.stderr.write(`${lacking}\n`);
  process.stderr.write(
    `${name}: ${engine.size} documents indexed, ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );

  const sums = new Float64Array(metrics.length);
  for (const [id, query] of queries) {
    const found = await engine.search(query, depth);
    const hits = found.hits.filter(({ docId }) => docId !== id); // Anserini's -removeQuery: some queries are documents, too
    metrics.forEach(({ measure }, i) => (sums[i] += measure(hits, judgments[id]!)));
  }
  const measures = Object.fromEntries(
    metrics.map(({ name }, i) => [name, Number((sums[i]! / queries.size).toFixed(6))]),
  );
  const seconds = Number(((performance.now() - began) / 1000).toFixed(3));
  if (values.json) process.stdout.write(`${JSON.stringify({ measures, queries: queries.size, seconds })}\n`);
  else
    process.stdout.write(
      `${Object.entries(measures)
        .map(([name, value]) => `${name} ${value.toFixed(4)}`)
        .join("  ")}  (${queries.size} queries, ${seconds.toFixed(1)} s)\n`,
    );
  return exitCodes.ok;
}

async function denseOver(corpus: AsyncIterable<SearchDocument>, model: string): Promise<Dense> {
  const embedder = await encoder(model);
  const [ids, contents]: [string[], string[]] = [[], []];
  for await (const document of corpus) {
    ids.push(document.id);
    contents.push(document.contents);
  }
  return dense(
    {
      ids,
      data: await embedder.embed(contents, { as: "passage" }),
      dimensions: embedder.dimensions,
      encoder: embedder.name,
    },
    embedder,
  );
}
