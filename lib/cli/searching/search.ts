import type { SearchEngine } from "../../core/roles";
import { readBeirQueries } from "../../data/beir";
import { readLines } from "../../data/lines";
import { encoder } from "../../models/encoder/encoder";
import { bm25, bm25Defaults, type Bm25Options } from "../../search/bm25";
import { dense } from "../../search/dense/dense";
import { encoderOf } from "../../search/dense/vectors";
import { exitCodes } from "../notebooks/execute-notebook";
import { numberOf, parseOptions, pathHere, UsageError } from "../command/usage";

export const searchUsage = `deepretrieval search --index DIR [options] [QUERY]     rank documents by BM25, or by their vectors

  --index DIR      made by "index build"; where that was with --dense, the same encoder reads the queries
  --queries FILE   one query a line, or id, tab and query; of a .jsonl file, {"_id", "text"} as in BEIR; plain or gzipped
  --k N            hits for each query (default: 10)
  --k1 X --b X     parameters of BM25 (default: ${bm25Defaults.k1} and ${bm25Defaults.b})
  --contents       send "contents:" before every query, as the reference does
  --on-disk        leave the postings on disk, for an index larger than memory
  --approximate    by an HNSW graph of the vectors, made by the first search and kept
  --json           one line of JSON for each query instead of a TREC run`;

/** `deepretrieval search`. Returns the exit code. */
export async function search(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: {
      index: { type: "string" },
      queries: { type: "string" },
      k: { type: "string" },
      k1: { type: "string" },
      b: { type: "string" },
      contents: { type: "boolean" },
      "on-disk": { type: "boolean" },
      approximate: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
  if (values.index === undefined) throw new UsageError("which index? Give --index DIR");
  if ((values.queries === undefined) === (positionals.length === 0))
    throw new UsageError("what to search for? Give a query, or --queries FILE");
  const k = numberOf("--k", values.k, 10, { least: 1, whole: true });
  const index = pathHere(values.index);
  const model = encoderOf(index);
  if (model === undefined && values.approximate)
    throw new UsageError("--approximate is for an index made with --dense");
  if (model !== undefined && values["on-disk"])
    throw new UsageError("--on-disk is for an index of BM25, made without --dense");
  const tag = model === undefined ? "bm25" : "dense";
  const { engine, close } =
    model !== undefined
      ? await denseEngine(index, model, values.approximate ?? false)
      : await lexicalEngine(index, {
          k1: numberOf("--k1", values.k1, bm25Defaults.k1),
          b: numberOf("--b", values.b, bm25Defaults.b, { most: 1 }),
          contentsPrefix: values.contents ?? false,
          resident: !values["on-disk"],
        });
  try {
    for await (const { id, query } of values.queries === undefined
      ? [{ id: "1", query: positionals.join(" ") }]
      : queriesOf(pathHere(values.queries))) {
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
