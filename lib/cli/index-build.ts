import { readCorpus } from "../data/beir";
import { buildIndex } from "../search/bm25";
import { exitCodes } from "./execute-notebook";
import { parseOptions, UsageError } from "./usage";

export const indexBuildUsage = `deepretrieval index build [options]     make a BM25 index that "search" and bm25() read

  --corpus PATH    a BEIR folder, a folder of .jsonl files or one such file, plain or gzipped
  --out DIR        where the index goes; one that is there is replaced when the new one is complete
  --json           print what was indexed as JSON on stdout`;

/** `deepretrieval index build`. Returns the exit code. */
export async function indexBuild(argv: readonly string[]): Promise<number> {
  const { values } = parseOptions({ args: [...argv], options: { corpus: { type: "string" }, out: { type: "string" }, json: { type: "boolean" } } });
  const { corpus, out, json = false } = values;
  if (corpus === undefined || out === undefined) throw new UsageError(corpus === undefined ? "which documents? Give --corpus PATH" : "where to? Give --out DIR");
  const began = performance.now();
  const made = await buildIndex(readCorpus(corpus), out, {
    onProgress: ({ documents, postings, seconds }) => process.stderr.write(`${documents} documents, ${postings} postings, ${seconds.toFixed(1)} s\n`),
  });
  const seconds = (performance.now() - began) / 1000;
  if (json) process.stdout.write(`${JSON.stringify({ ...made, seconds: Number(seconds.toFixed(3)), out })}\n`);
  else process.stdout.write(`${out}: ${made.documents} documents, ${made.terms} terms, ${(made.bytes / 2 ** 20).toFixed(1)} MiB in ${seconds.toFixed(1)} s\n`);
  return exitCodes.ok;
}
