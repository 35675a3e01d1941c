import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted } from "../../lib/core/errors";
import type { Rewriter, Task, TaskMetric } from "../../lib/core/roles";
import { readResults } from "../../lib/evaluation/cards/write-evaluation";
import { evaluate, type EvaluateOptions, type Result } from "../../lib/evaluation/evaluate";
import { precisionAt } from "../../lib/metrics/precision";
import { recallAt } from "../../lib/metrics/recall";
import { temporaryFolder } from "../fixtures";

const child = join(__dirname, "resume-child.ts");
const command = (folder: string, milliseconds: number) => ["--require", "tsx/cjs", child, folder, String(milliseconds)];

test("an evaluation that was killed with SIGKILL goes on where it was and ends with the same results", async () => {
  const [whole, killed] = [temporaryFolder(), temporaryFolder()];
  assert.is(spawnSync(process.execPath, command(whole, 0)).status, 0);
  const journal = join(killed, "journal.jsonl");
  const lines = () => (existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length : 0);
  const first = spawn(process.execPath, command(killed, 60));
  const ended = new Promise((resolve) => first.once("exit", resolve));
  while (lines() < 20 && first.exitCode === null) await pause(20);
  first.kill("SIGKILL");
  await ended;
  const before = lines();
  assert.ok(before >= 20 && before < 120, `${before} lines`);
  assert.not.ok(existsSync(join(killed, "results.jsonl")));
  appendFileSync(journal, '{"measured":{"key":"cut in the mid'); // what a crash may leave of a line
  assert.is(spawnSync(process.execPath, command(killed, 0)).status, 0);
  assert.is(readFileSync(join(killed, "results.jsonl"), "utf8"), readFileSync(join(whole, "results.jsonl"), "utf8"));
  assert.is(readResults(killed).length, 80);
  // word 7, 17, 27 and 37 as typed; word 6, 16, 26 and 36 by the system that counts one further
  assert.is(readResults(killed).filter(({ failure }) => failure).length, 8);
});

/** A task and a system that count how often they are asked. */
function counted() {
  const calls = { rewrite: 0, search: 0 };
  const task: Task = {
    name: "letters",
    problems: ["ab", "cd", "ef"].map((query, i) => ({ id: `q${i}`, query, judgments: { a: 1, c: 1 } })),
    prompt: ({ query }) => query,
    score: () => assert.unreachable("evaluation does not reward") as never,
    search: async (_, query) => {
      calls.search++;
      return { hits: [...query].map((docId) => ({ docId, score: 1 })), total: query.length, warnings: [] };
    },
  };
  const system = (temperature: number): Rewriter => ({
    name: "model",
    about: () => ({ temperature }),
    prompt: ({ query }) => `Rewrite ${query}`,
    rewrite: async (some) => some.map(({ query }) => (calls.rewrite++, query)),
  });
  return { calls, task, system };
}

async function run(task: Task, systems: Rewriter[], options: EvaluateOptions): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(task, systems, options)) results.push(result);
  return results;
}

test(
  "nothing is asked twice for the same system, prompt and metrics; other metrics search again, other settings " +
    "rewrite again",
  async () => {
    const folder = temporaryFolder();
    const { calls, task, system } = counted();
    const once = async (temperature: number, metrics: TaskMetric[]) => {
      Object.assign(calls, { rewrite: 0, search: 0 });
      await run(task, [system(temperature)], { folder, metrics });
      return [calls.rewrite, calls.search];
    };
    assert.equal(await once(0, [recallAt(2)]), [3, 3]);
    assert.equal(await once(0, [recallAt(2)]), [0, 0]);
    assert.equal(await once(0, [precisionAt(1)]), [0, 3]);
    assert.equal(await once(1, [recallAt(2)]), [3, 0]); // the same queries, which were searched already
  },
);

test("the pace of a resumed evaluation counts what this run did, not what its journal held", async () => {
  const folder = temporaryFolder();
  const { task, system } = counted();
  const metrics = [recallAt(2)];
  const more: Task = { ...task, problems: [...task.problems, { id: "q3", query: "gh", judgments: { g: 1 } }] };
  const repeated = async (of: Task) => {
    const evaluation = evaluate(of, [system(0)], { folder, metrics });
    const counts: (number | undefined)[] = [];
    for await (const _ of evaluation) counts.push(evaluation.repeated);
    return counts;
  };
  assert.equal(await repeated(task), [0, 0, 0]);
  assert.equal(await repeated(more), [1, 2, 3, 3]); // the fourth question is new
});

test("without a folder every question is asked anew", async () => {
  const { calls, task, system } = counted();
  await run(task, [system(0)], {});
  await run(task, [system(0)], {});
  assert.equal(calls, { rewrite: 6, search: 6 });
});

test("a failure is not kept: the next run tries it again", async () => {
  const folder = temporaryFolder();
  const { task, system } = counted();
  let down = true;
  const shaky: Task = {
    ...task,
    search: async (problem, query) => {
      if (down && query === "cd") throw new Error("HTTP 500");
      return task.search(problem, query);
    },
  };
  const first = await run(shaky, [system(0)], { folder });
  assert.equal(first[1]!.failure, { stage: "searching", name: "Error", message: "HTTP 500" });
  assert.equal(first[1]!.measures, {});
  down = false;
  const second = await run(shaky, [system(0)], { folder });
  assert.is(second[1]!.failure, undefined);
  assert.is(second[1]!.measures["SetR"], 0.5); // c of a and c
});

test("a system that works on several problems at once gets them one by one, and what arrived is kept", async () => {
  const folder = temporaryFolder();
  const { task } = counted();
  const asked: string[] = [];
  let stopsAt = 2;
  const served: Rewriter = {
    name: "served",
    inFlight: 1,
    rewrite: async (some) => {
      asked.push(some.map(({ id }) => id).join());
      if (asked.length > stopsAt) throw new Interrupted("sampling"); // as when the machine is lost
      return some.map(({ query }) => query);
    },
  };
  assert.match(String(await run(task, [served], { folder }).catch((error: Error) => error)), /Interrupted/);
  assert.equal(asked, ["q0", "q1", "q2"]);
  stopsAt = Infinity;
  assert.is((await run(task, { renamed: served } as never, {})).length, 3); // one by one under another name, too
  assert.equal(asked.slice(3), ["q0", "q1", "q2"]);
  const again = await run(task, [served], { folder });
  assert.equal(asked.slice(6), ["q2"]); // the first two are in the journal
  assert.is(again.length, 3);
});

test("results that are not there, were cut, or are something else are refused with the line", async () => {
  const folder = temporaryFolder();
  assert.throws(() => readResults(folder), /RangeError|there is no .*results\.jsonl.*writes it when it ends/);
  const { task, system } = counted();
  await run(task, [system(0)], { folder });
  const file = join(folder, "results.jsonl");
  const text = readFileSync(file, "utf8");
  assert.is(readResults(folder).length, 3);
  writeFileSync(file, text.slice(0, -20));
  assert.throws(() => readResults(folder), /line 3 is not JSON.*written anew/);
  writeFileSync(file, `${text.split("\n")[0]}\n{"step":1}\n`);
  assert.throws(() => readResults(folder), /line 2 is no result: it lacks system, qid or measures/);
});

test("a journal that holds something else is refused with the line", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "journal.jsonl"), '{"proposal":{"key":"k","value":{"query":"q"}}}\n{"step":1}\n');
  const { task, system } = counted();
  const error = await run(task, [system(0)], { folder }).catch((error: Error) => error);
  assert.is((error as Error).name, "CorruptData");
  assert.match((error as Error).message, /line 2 holds neither a query nor measures/);
});

test.run();
