import { readCorpus } from "../../data/datasets/beir";
import { encoder } from "../../models/encoder/encoder";
import { buildIndex, type BuiltIndex } from "../../search/bm25";
import { buildDense } from "../../search/dense/build";
import { readVectors } from "../../search/dense/vectors";
import { command, exitCodes } from "../command/command";
import { stopSignals } from "../command/stop-signals";
import { flag, modelName, pathHere, place, required, text } from "../command/options";

/** `deepretrieval index build`. */
export const indexBuild = command({
  topic: "Searching and scoring",
  words: "index build",
  calls: "index build [options]",
  does: 'make an index that "search" reads, and bm25() or dense()',
  options: {
    corpus: required(
      place("PATH", "a BEIR folder, a folder of .jsonl files or one such file, plain or gzipped"),
      "which documents?",
    ),
    out: required(
      text(
        "DIR",
        `where the index goes; one that is there is replaced when the new one is complete. Parts of an
interrupted build are kept there, and the same command goes on behind them`,
      ),
      "where to?",
    ),
    dense: modelName(
      "vectors by this encoder, a Hub id or a folder, instead of BM25; goes on where it was interrupted",
    ),
    json: flag("print what was indexed as JSON on stdout"),
  },
  run: build,
});

interface Wanted {
  readonly corpus: string;
  readonly out: string;
  readonly dense: string | undefined;
  readonly json: boolean;
}

async function build({ corpus, out, dense: model, json }: Wanted): Promise<number> {
  const began = performance.now();
  let made: Readonly<Record<string, number>>;
  const stop = stopSignals(() => process.stderr.write("stopping\n"));
  try {
    made =
      model === undefined
        ? await lexical(corpus, pathHere(out), stop.interrupt)
        : await dense(corpus, pathHere(out), model, stop.interrupt);
  } catch (error) {
    if ((error as Error).name !== "Interrupted") throw error;
    process.stderr.write(`deepretrieval: ${(error as Error).message}\n`);
    return exitCodes.interrupted;
  } finally {
    stop.release();
  }
  const seconds = (performance.now() - began) / 1000;
  if (json) process.stdout.write(`${JSON.stringify({ ...made, seconds: Number(seconds.toFixed(3)), out })}\n`);
  else
    process.stdout.write(
      `${out}: ${Object.entries(made)
        .map(([name, value]) => (name === "bytes" ? `${(value / 2 ** 20).toFixed(1)} MiB` : `${value} ${name}`))
        .join(", ")} in ${seconds.toFixed(1)} s\n`,
    );
  return exitCodes.ok;
}

async function lexical(
  corpus: string,
  out: string,
  signal: AbortSignal,
): Promise<Readonly<Record<keyof BuiltIndex, number>>> {
  return buildIndex(readCorpus(corpus), out, {
    signal,
    onProgress: ({ documents, postings, merged, seconds }) =>
      process.stderr.write(
        `${documents} documents, ${postings} postings${merged > 0 ? `, ${merged} in order` : ""}, ` +
          `${seconds.toFixed(1)} s\n`,
      ),
  });
}

async function dense(
  corpus: string,
  out: string,
  model: string,
  signal: AbortSignal,
): Promise<{ documents: number; dimensions: number; bytes: number }> {
  const embedder = await encoder(model);
  try {
    let last = 0;
    for await (const { documents, seconds } of buildDense(readCorpus(corpus), embedder, out, { signal })) {
      if (seconds - last < 5) continue;
      last = seconds;
      process.stderr.write(`${documents} documents, ${seconds.toFixed(1)} s\n`);
    }
  } finally {
    embedder.dispose();
  }
  const { ids, dimensions, data } = readVectors(out);
  return { documents: ids.length, dimensions, bytes: data.byteLength };
}
