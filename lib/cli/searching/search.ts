import type { SearchEngine } from "../../core/roles";
import { readBeirQueries } from "../../data/datasets/beir";
import { readLines } from "../../data/files/lines";
import { encoder } from "../../models/encoder/encoder";
import { bm25, type Bm25Options } from "../../search/bm25";
import { dense } from "../../search/dense/dense";
import { encoderOf } from "../../search/dense/vectors";
import { command, exitCodes } from "../command/command";
import { flag, number, place, required, type Values } from "../command/options";
import { UsageError } from "../command/usage";
import { bm25Options } from "./bm25-options";
import { whole } from "../../core/ranges";

const options = {
  index: required(
    place("DIR", 'made by "index build"; where that was with --dense, the same encoder reads the queries'),
    "which index?",
  ),
  queries: place(
    "FILE",
    'one query a line, or id, tab and query; of a .jsonl file, {"_id", "text"} as in BEIR; plain or gzipped',
  ),
  k: number("N", "hits for each query (default: 10)", whole(1), 10),
  ...bm25Options,
  onDisk: flag("leave the postings on disk, for an index larger than memory"),
  approximate: flag("by an HNSW graph of the vectors, made by the first search and kept"),
  json: flag("one line of JSON for each query instead of a TREC run"),
};

/** `deepretrieval search`. */
export const search = command({
  topic: "Searching and scoring",
  words: "search",
  calls: "search --index DIR [options] [QUERY]",
  does: "rank documents by BM25, or by their vectors",
  options,
  operands: {},
  run: rank,
});

async function rank(values: Values<typeof options>, words: readonly string[]): Promise<number> {
  if ((values.queries === undefined) === (words.length === 0))
    throw new UsageError("what to search for? Give a query, or --queries FILE");
  const { k, index } = values;
  const model = encoderOf(index);
  if (model === undefined && values.approximate)
    throw new UsageError("--approximate is for an index made with --dense");
  if (model !== undefined && values.onDisk)
    throw new UsageError("--on-disk is for an index of BM25, made without --dense");
  const tag = model === undefined ? "bm25" : "dense";
  const { engine, close } =
    model !== undefined
      ? await denseEngine(index, model, values.approximate)
      : await lexicalEngine(index, {
          k1: values.k1,
          b: values.b,
          contentsPrefix: values.contents,
          resident: !values.onDisk,
        });
  try {
    for await (const { id, query } of values.queries === undefined
      ? [{ id: "1", query: words.join(" ") }]
      : queriesOf(values.queries)) {
      const { hits, total, warnings } = await engine.search(query, k);
      for (const warning of warnings) process.stderr.write(`${id}: ${warning}\n`);
      if (values.json) process.stdout.write(`${JSON.stringify({ id, query, total, hits, warnings })}\n`);
      else
        process.stdout.write(
          hits.map(({ docId, score }, i) => `${id} Q0 ${docId} ${i + 1} ${score} ${tag}\n`).join(""),
        );
    }
  } finally {
    await close();
  }
  return exitCodes.ok;
}

async function lexicalEngine(
  folder: string,
  options: Bm25Options,
): Promise<{ readonly engine: SearchEngine; readonly close: () => Promise<void> }> {
  const engine = await bm25(folder, options);
  return { engine, close: engine.close };
}

async function denseEngine(
  folder: string,
  model: string,
  approximate: boolean,
): Promise<{ readonly engine: SearchEngine; readonly close: () => void }> {
  const embedder = await encoder(model);
  const engine = await dense(folder, embedder, { approximate });
  return { engine, close: () => (engine.dispose(), embedder.dispose()) };
}

async function* queriesOf(file: string): AsyncGenerator<{ readonly id: string; readonly query: string }, void> {
  if (/\.jsonl(\.gz)?$/.test(file)) return yield* readBeirQueries(file);
  for await (const { number, text } of readLines(file)) {
    const tab = text.indexOf("\t");
    if (text.trim())
      yield tab < 0 ? { id: String(number), query: text } : { id: text.slice(0, tab), query: text.slice(tab + 1) };
  }
}
