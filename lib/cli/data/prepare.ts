import { resolve } from "node:path";
import type { Problem } from "../../core/records";
import { readBeir } from "../../data/datasets/beir";
import { readDataset } from "../../data/datasets/dataset";
import { readQuestions } from "../../data/datasets/questions";
import { readReviews } from "../../data/datasets/reviews";
import { writeRows } from "../../data/datasets/rows";
import { databaseFile, readSqlQuestions } from "../../data/datasets/spider";
import { type Wording, worded } from "../../prompts/wording";
import { familyOf, type Family } from "../../rewards/families";
import { wordingOf } from "../../tasks/examples-task";
import { prepare, type RawSplits } from "../../tasks/prepare";
import { prompted } from "../../tasks/prompted";
import { command, exitCodes } from "../command/command";
import { flag, number, oneOf, place, text, type Values } from "../command/options";
import { UsageError } from "../command/usage";
import { whole } from "../../core/ranges";

const raw =
  "raw questions: reviews or questions as JSON lines, dev.json of Spider and BIRD, or a BEIR\nfolder with such a split";
const options = {
  train: place("RAW", raw),
  dev: place("RAW", "the same, to validate with"),
  test: place("RAW", "the same, to test with"),
  out: place("DIR", "gets train.jsonl, val.jsonl and test.jsonl"),
  rules: oneOf(
    "NAME",
    "safe (default): what the test has leaves the others; reference: as DeepRetrieval makes its splits",
    ["safe", "reference"] as const,
    "safe",
  ),
  prompts: place("FILE", "a published file whose prompts to write (default: our own wording)"),
  databases: text("DIR", "of Spider: DIR/NAME/schema.sql and NAME.sqlite"),
  validation: number("N", "questions taken from training where there is no --dev (200)", whole(0), 200),
  seed: number("N", "names the shuffles (42)", whole(0), 42),
  json: flag("the report as one line of JSON on stdout"),
};

/** `deepretrieval data prepare`. */
export const prepareData = command({
  topic: "Data and models",
  words: "data prepare",
  calls: "data prepare SOURCE --test RAW --out DIR [options]",
  does: "rows to train on, of raw data; says what leaks",
  options,
  operands: {
    says: [["SOURCE", "data_source, which names the family: pubmed, ctgov, nq_serini, squad, scifact, spider …"]],
  },
  run: writeSplits,
});

async function writeSplits(values: Values<typeof options>, sources: readonly string[]): Promise<number> {
  const [source, ...others] = sources;
  const { rules, test, out, validation, seed, databases } = values;
  if (source === undefined || others.length > 0 || test === undefined || out === undefined)
    throw new UsageError("data prepare: write SOURCE, --test RAW and --out DIR");
  const family = known(source);
  const read = async (split: "train" | "dev" | "test"): Promise<Problem[]> =>
    values[split] === undefined ? [] : readRaw(values[split]!, split, family, databases);
  const splits: RawSplits = { train: await read("train"), dev: await read("dev"), test: await read("test") };
  const { rows, report } = prepare(source, splits, {
    rules,
    validation,
    seed,
    prompt:
      values.prompts === undefined
        ? ours(wordingOf(family), family.reasoning)
        : prompted(await readDataset(values.prompts), wordingOf(family)).prompt,
    ...(databases !== undefined && { databasePath: (name: string) => databaseFile(databases, name) }),
  });
  const files = writeRows(out, { train: rows.train, val: rows.validation, test: rows.test });
  const leaks = report.leaks.map((leak) => `${leak.splits}: ${leak.shared} questions are in both`);
  const kept = Object.entries(report.sizes)
    .map(([split, size]) => `${split} ${size}`)
    .join(", ");
  const lines = [
    ...leaks,
    `taken out: ${report.leaking} that leak, ${report.repeated} repeated, ${report.unsolvable} with nothing to ` +
      `find, ${report.long} too long`,
    kept,
    ...files,
  ];
  process.stdout.write(`${values.json ? JSON.stringify({ ...report, files }) : lines.join("\n")}\n`);
  return exitCodes.ok;
}

function known(source: string): Family {
  try {
    return familyOf(source);
  } catch (cause) {
    throw new UsageError((cause as Error).message.replace(/^familyOf: /, ""), { cause });
  }
}

const ours =
  (wording: Wording, reasoning: boolean) =>
  (problem: Problem): string =>
    worded(problem, { wording, reasoning });

async function readRaw(path: string, split: string, family: Family, databases: string | undefined): Promise<Problem[]> {
  switch (family.kind) {
    case "recall":
      return readReviews(path);
    case "rank":
      return readQuestions(path);
    case "execution":
      return readSqlQuestions(path, databases === undefined ? {} : { databases: resolve(databases) });
    case "ndcg": {
      if (family.name === "msmarco") return readQuestions(path);
      const { queries, judgments } = await readBeir(path, split);
      return [...queries].map(([id, query]) => ({ id, query, judgments: judgments[id]! }));
    }
  }
}
