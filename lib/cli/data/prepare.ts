import { resolve } from "node:path";
import type { Problem } from "../../core/records";
import { readBeir } from "../../data/beir";
import { readDataset } from "../../data/dataset";
import { readQuestions } from "../../data/questions";
import { readReviews } from "../../data/reviews";
import { writeRows } from "../../data/rows";
import { databaseFile, readSqlQuestions } from "../../data/spider";
import { type Wording, worded } from "../../prompts/wording";
import { familyOf, type Family } from "../../rewards/families";
import { wordingOf } from "../../tasks/dataset-task";
import { prepare, type RawSplits } from "../../tasks/prepare";
import { prompted } from "../../tasks/prompted";
import { exitCodes } from "../notebooks/execute-notebook";
import { parseOptions, UsageError } from "../command/usage";

export const prepareUsage = `deepretrieval data prepare SOURCE --test RAW --out DIR [options]   rows to train on, of raw data; says what leaks

  SOURCE           data_source, which names the family: pubmed, ctgov, nq_serini, squad, scifact, bird, spider …
  --train, --dev, --test RAW   raw questions: reviews or questions as JSON lines, dev.json of Spider and BIRD, or a BEIR
                   folder with such a split
  --out DIR        gets train.jsonl, val.jsonl and test.jsonl
  --rules NAME     safe (default): what the test has leaves the others; reference: as DeepRetrieval makes its splits
  --prompts FILE   a published file whose prompts to write; our own wording unless said
  --databases DIR  of Spider: DIR/NAME/schema.sql and NAME.sqlite
  --validation N   questions taken from training where there is no --dev (200)
  --seed N         names the shuffles (42)
  --json           the report as one line of JSON on stdout`;

/** `deepretrieval data prepare`. Returns the exit code. */
export async function prepareData(argv: readonly string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: {
      train: text,
      dev: text,
      test: text,
      out: text,
      rules: text,
      prompts: text,
      databases: text,
      validation: text,
      seed: text,
      json: { type: "boolean" },
    },
  });
  const [source, ...others] = positionals;
  const { rules = "safe", test, out } = values;
  if (source === undefined || others.length || test === undefined || out === undefined)
    throw new UsageError("data prepare: write SOURCE, --test RAW and --out DIR");
  if (rules !== "safe" && rules !== "reference") throw new UsageError(`--rules ${rules}: it is safe or reference`);
  const whole = (name: "validation" | "seed", fallback: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isInteger(value) || value < 0)
      throw new UsageError(`--${name} ${values[name]}: a whole number, 0 or more`);
    return value;
  };
  const [validation, seed] = [whole("validation", 200), whole("seed", 42)];
  const family = known(source);
  const read = async (split: "train" | "dev" | "test"): Promise<Problem[]> =>
    values[split] === undefined ? [] : raw(resolve(values[split]!), split, family, values.databases);
  const splits: RawSplits = { train: await read("train"), dev: await read("dev"), test: await read("test") };
  const { databases } = values;
  const { rows, report } = prepare(source, splits, {
    rules,
    validation,
    seed,
    prompt:
      values.prompts === undefined
        ? ours(wordingOf(family), family.reasoning)
        : prompted(await readDataset(resolve(values.prompts)), wordingOf(family)).prompt,
    ...(databases !== undefined && { databasePath: (name: string) => databaseFile(databases, name) }),
  });
  const files = writeRows(resolve(out), { train: rows.train, val: rows.validation, test: rows.test });
  const leaks = report.leaks.map((leak) => `${leak.splits}: ${leak.shared} questions are in both`);
  const kept = Object.entries(report.sizes)
    .map(([split, size]) => `${split} ${size}`)
    .join(", ");
  const lines = [
    ...leaks,
    `taken out: ${report.leaking} that leak, ${report.repeated} repeated, ${report.unsolvable} with nothing to find, ${report.long} too long`,
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

async function raw(path: string, split: string, family: Family, databases: string | undefined): Promise<Problem[]> {
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
