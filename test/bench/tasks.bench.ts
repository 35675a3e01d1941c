import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Rewriter, Task } from "../../lib/core/roles";
import { readBeirQrels } from "../../lib/data/datasets/beir";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { evaluate } from "../../lib/evaluation/evaluate";
import type { Metric } from "../../lib/metrics/metric";
import { ndcgAt } from "../../lib/metrics/ndcg";
import { recallAt } from "../../lib/metrics/recall";
import { successAt } from "../../lib/metrics/success";
import { beir } from "../../lib/tasks/beir";
import { evidence } from "../../lib/tasks/evidence";
import { sql } from "../../lib/tasks/sql";
import { sharedFile, temporaryFolder } from "../fixtures";

/** Means of the metrics over all problems of a task, for queries as they are typed. */
async function means(task: Task, system: Rewriter, metrics: readonly Metric[]): Promise<Record<string, number>> {
  const began = performance.now();
  const sums: Record<string, number> = {};
  for await (const { measures } of evaluate(task, [system], { metrics }))
    for (const [name, value] of Object.entries(measures)) sums[name] = (sums[name] ?? 0) + value;
  const rounded = Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name, Number((sum / task.problems.length).toFixed(4))]),
  );
  return {
    problems: task.problems.length,
    ...rounded,
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
  };
}

/** The baselines of the tasks over real data: what a question as typed finds, and gold queries against themselves. */
export async function bench(_: object, log: (line: string) => void): Promise<object> {
  const figures: Record<string, Record<string, number>> = {};
  const note = (name: string, found: Record<string, number>) => {
    figures[name] = found;
    log(
      `${name}  ${Object.entries(found)
        .map(([key, value]) => `${key} ${value}`)
        .join("  ")}`,
    );
  };
  const passages = sharedFile("data/qa/squad-passages.jsonl.gz");
  if (passages) {
    for (const titles of [true, false]) {
      const squad = await evidence({
        data: sharedFile("data/qa/squad11.dev.jsonl.gz")!,
        passages,
        source: "squad",
        titles,
        k: 100,
      });
      const hits = [1, 5, 20, 100].map(successAt);
      note(
        `SQuAD dev over 1,216 of its paragraphs, titles ${titles ? "count" : "do not count"}`,
        await means(squad, originalQuery, hits),
      );
      const linked = new Set(Object.keys(await readBeirQrels(sharedFile("data/qa/squad11.gold-passages.tsv")!)));
      note(
        "  the questions whose paragraph is among them",
        await means({ ...squad, problems: squad.problems.filter(({ id }) => linked.has(id)) }, originalQuery, hits),
      );
    }
    for (const name of ["nq", "triviaqa"]) {
      const task = await evidence({
        data: sharedFile(`data/qa/${name}.test.jsonl.gz`)!,
        passages,
        source: name === "nq" ? "nq_serini" : name,
        k: 100,
      });
      note(
        `${name} test over SQuAD's paragraphs (answer matching; not its own passages)`,
        await means(task, originalQuery, [1, 20, 100].map(successAt)),
      );
    }
  }
  const scifact = sharedFile("data/ir/scifact");
  if (scifact) {
    note("SciFact test, BM25", await means(await beir({ folder: scifact }), originalQuery, [ndcgAt(10)]));
    note(
      "SciFact test, BM25, 1,000 hits",
      await means(await beir({ folder: scifact, k: 1000 }), originalQuery, [ndcgAt(10), recallAt(100), recallAt(1000)]),
    );
    note(
      "SciFact test, as the reference searches (k1 1.2, b 0.75, contents:)",
      await means(await beir({ folder: scifact, profile: "reference" }), originalQuery, [ndcgAt(10)]),
    );
  }
  const archive = sharedFile("data/sql/spider/database.tar.gz");
  if (archive) {
    const folder = temporaryFolder();
    execFileSync("tar", ["xzf", archive, "-C", folder]);
    const spider = await sql({
      data: sharedFile("data/deepretrieval/spider.val.parquet")!,
      databases: join(folder, "database"),
    });
    const gold: Rewriter = { name: "gold", rewrite: async (problems) => problems.map((problem) => problem.sql!.gold) };
    note("Spider dev, gold against gold", await means(spider, gold, [successAt(1)]));
    spider.dispose();
  }
  return figures;
}
