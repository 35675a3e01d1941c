import type { SearchDocument } from "../../core/documents";
import { readBeir } from "../../data/datasets/beir";
import { absentSentence, watched } from "../../data/datasets/judged";
import { averagePrecisionAt } from "../../metrics/average-precision";
import { ndcgAt } from "../../metrics/ndcg";
import { recallAt } from "../../metrics/recall";
import { encoder } from "../../models/encoder/encoder";
import { bm25 } from "../../search/bm25";
import { dense, type Dense } from "../../search/dense/dense";
import { command, exitCodes } from "../command/command";
import { flag, modelName, place, required, text, type Values } from "../command/options";
import { bm25Options } from "./bm25-options";

const depth = 1000; // hits for each query
const metrics = [ndcgAt(10), recallAt(100), recallAt(1000), averagePrecisionAt(Infinity)];

const options = {
  beir: required(
    place("DIR", "corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, plain or gzipped"),
    "which collection?",
  ),
  split: text("NAME", "which judgments (default: test)"),
  ...bm25Options,
  dense: modelName("vectors by this encoder, a Hub id or a folder, compared exactly, instead of BM25"),
  json: flag("print the measures as JSON on stdout"),
};

/** `deepretrieval eval ir`. */
export const evalIr = command({
  topic: "Searching and scoring",
  words: "eval ir",
  calls: "eval ir --beir DIR [options]",
  does: "BM25, or an encoder, on a test collection, as Anserini and trec_eval report it",
  options,
  run: evaluateCollection,
});

async function evaluateCollection(values: Values<typeof options>): Promise<number> {
  const parameters = { k1: values.k1, b: values.b, contentsPrefix: values.contents };
  const began = performance.now();
  const { name, queries, judgments, corpus } = await readBeir(values.beir, values.split);
  const { documents, absent } = watched(corpus(), judgments);
  const engine =
    values.dense === undefined ? await bm25(documents, parameters) : await denseOver(documents, values.dense);
  const lacking = absentSentence(`the corpus of ${name}`, absent());
  if (lacking !== undefined) process.stderr.write(`${lacking}\n`);
  process.stderr.write(
    `${name}: ${engine.size} documents indexed, ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
  );

  const sums = new Float64Array(metrics.length);
  for (const [id, query] of queries) {
    const found = await engine.search(query, depth);
    // Anserini's -removeQuery: some queries are documents, too
    const hits = found.hits.filter(({ docId }) => docId !== id);
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
