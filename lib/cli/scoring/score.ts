import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { ProfileName } from "../../rewards/families";
import { command, exitCodes } from "../command/command";
import { engineNames, rowEngines } from "./score-engines";
import { type ScoreReport, scoreRows } from "./score-rows";
import { stopSignals } from "../command/stop-signals";
import { flag, oneOf, text, type Values } from "../command/options";
import { UsageError } from "../command/usage";
import { bm25Options } from "../searching/bm25-options";

const options = {
  profile: oneOf(
    "NAME",
    "safe (default), or reference: DeepRetrieval's numbers to the bit, loopholes included",
    ["safe", "reference"] as const satisfies readonly ProfileName[],
    "safe",
  ),
  engine: text(
    "NAME",
    `what runs the queries of rows that bring no result: ${engineNames.join(", ")}
(pubmed reads its API key from NCBI_API_KEY)`,
  ),
  ...bm25Options,
  passages: text("FILE", "the texts of the passages, JSON lines, for NQ, TriviaQA and SQuAD with an engine"),
  databases: text("DIR", "the folder that extra_info.db_path is relative to (default: this one)"),
  json: flag("each row is JSON with or without it"),
};

/** `deepretrieval score`. */
export const score = command({
  topic: "Searching and scoring",
  words: "score",
  calls: "score [options] < rows.jsonl",
  does: "reward completions, a row a line",
  options,
  operands: { says: [["FILE", "read rows from a file instead of stdin"]] },
  notes: `SciFact and FiQA have 1.2 and 0.75 as k1 and b, all of BEIR has --contents, as in "search".

SQL runs on this package's SQLite; its version is said at the end. Since 3.43 SQLite adds real numbers more exactly, so
that sums and averages may differ in the last digit from an older Python's (sqlite3.sqlite_version).

A row is {data_source, solution_str, ground_truth, extra_info}. It may bring "retrieved", the ids that an engine would
return (for NQ, TriviaQA and SQuAD: the passages; null: an engine that was down), or "schema", the SQL that builds its
database. Each row gives one line {score, kind, measures, why} in the same order; kind is scored, malformed, outage or
invalid. What the means are over is said on stderr. Ends with 1 where a row is invalid or an engine was down.`,
  run: scoreAll,
});

async function scoreAll(values: Values<typeof options>, files: readonly string[]): Promise<number> {
  const { profile } = values;
  const [file, ...others] = files;
  if (others.length > 0) throw new UsageError(`one file at a time; also given: ${others.join(" ")}`);
  if (file !== undefined && !existsSync(file)) throw new UsageError(`${file}: there is no such file`);

  const { engines, remark, close } = await rowEngines({
    ...(values.engine !== undefined && { engine: values.engine }),
    ...(values.databases !== undefined && { databases: values.databases }),
    ...(values.passages !== undefined && { passages: values.passages }),
    bm25: { k1: values.k1, b: values.b, contentsPrefix: values.contents },
  });
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const progress = everyFewSeconds(say);
  let complaints = 0;
  const complain = (why: string) => {
    if (++complaints <= 10) say(complaints < 10 ? why : `${why} (more are not shown; stdout has them all)`);
  };
  const lines = createInterface({
    input: file === undefined ? process.stdin : createReadStream(file),
    crlfDelay: Infinity,
  });
  const stop = stopSignals(() => (lines.close(), say("stopping after the rows at hand")));
  let lost: NodeJS.ErrnoException | undefined; // whoever read our output
  const onLost = (error: Error) => ((lost = error), lines.close());
  process.stdout.on("error", onLost);
  try {
    const report = await scoreRows(
      lines,
      engines,
      (line) => {
        if (!lost) process.stdout.write(`${JSON.stringify(line)}\n`);
        progress();
      },
      { profile, name: file ?? "stdin", signal: stop.interrupt, onInvalid: complain },
    );
    if (lost && lost.code !== "EPIPE") throw lost;
    say(summary(report));
    if (remark()) say(remark());
    if (stop.interrupt.aborted) return exitCodes.interrupted;
    return lost || report.invalid + report.down > 0 ? exitCodes.failed : exitCodes.ok;
  } catch (error) {
    if ((error as Error).name === "Interrupted") return exitCodes.interrupted;
    throw error;
  } finally {
    process.stdout.off("error", onLost);
    stop.release();
    lines.close();
    close();
  }
}

/** Every count, and every mean with what it was divided by. */
export function summary({ rows, scored, malformed, outage, invalid, reward, measures }: ScoreReport): string {
  const means = Object.entries({ reward, ...measures }).map(([name, { mean, over }]) =>
    over > 0 ? `${name} ${mean.toFixed(4)} over ${over}` : `${name} over none`,
  );
  return (
    `${rows + invalid} rows: ${scored} scored, ${malformed} malformed, ${outage} outage, ${invalid} ` +
    `invalid\n${means.join(", ")}`
  );
}

/** Says how many calls there were, at most every five seconds. */
function everyFewSeconds(say: (line: string) => void): () => void {
  let [calls, last] = [0, performance.now()];
  return () => {
    calls++;
    if (performance.now() - last < 5000) return;
    last = performance.now();
    say(`${calls} rows`);
  };
}
