import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { evaluate } from "../../lib/evaluation/evaluate";
import { recallAt } from "../../lib/metrics/recall";
import { model } from "../../lib/models/model";
import { untrained } from "../../lib/models/policy";
import { completionAfter } from "../../lib/prompts/templates";
import { ray } from "../../lib/scaling/ray/ray";
import { verlExport, type VerlExport } from "../../lib/scaling/verl/verl-export";
import { createServer } from "../../lib/serving/http/server";
import { listen } from "../../lib/serving/http/listen";
import { rewardService } from "../../lib/serving/reward-service";
import { rewriter } from "../../lib/serving/rewriter";
import { pubmed } from "../../lib/tasks/pubmed";
import type { Task } from "../../lib/core/roles";
import { pythonWith } from "../bench/python";
import { temporaryFolder, tinyConfig, tinyTokenizer } from "../fixtures";
import { skip } from "../skip";
import { localCluster, type LocalCluster } from "./ray-cluster";
import { unexpected } from "../unexpected";

/**
 * A real Ray on this machine: a head and two workers. RAY_PYTHON names a Python that has ray[default]; without it one
 * is made. verl needs GPUs, so ray_trainer.py stands in for it: its data, reward function, loggers and folders are
 * verl's.
 */
const python =
  process.env["RAY_PYTHON"] ??
  pythonWith("ray", ["ray[default]==2.58.0"], (line) => console.log(line), ["python3.12", "python3.11", "python3"]);
const folder = temporaryFolder();
const steps = 4;
let local: LocalCluster;
let task: Task;
let exported: VerlExport;
let rewards: { readonly url: string; close(): Promise<void> };
let trainer: string; // the folder that has the stand-in as verl.trainer.main_ppo
let completions: [number, string][];
let own: number[]; // rewards of those in this process

test("a Python with ray is there, or this file says that it is not", () => {
  if (!python) skip("no Python with ray[default]");
});

const cluster = () => ray(local.url, { pollSeconds: 0.5, startSeconds: 10 });
const environment = (plan: object = {}) => ({
  PYTHONPATH: trainer,
  RAY_TRAINER: JSON.stringify({ steps, completions, ...plan }),
});

if (python) {
  test.before(async () => {
    await useBackend();
    local = await localCluster(python);
    task = await pubmed({ split: "train", limit: 16 });
    const app = await createServer([rewardService([{ name: "pubmed", task }])], { logLevel: "silent" });
    const listening = await listen(app, { port: 0 });
    rewards = { url: listening.url, close: () => listening.close() };
    trainer = join(folder, "python");
    mkdirSync(join(trainer, "verl/trainer"), { recursive: true });
    for (const name of ["verl/__init__.py", "verl/trainer/__init__.py"]) writeFileSync(join(trainer, name), "");
    copyFileSync(join(__dirname, "ray_trainer.py"), join(trainer, "verl/trainer/main_ppo.py"));
    exported = verlExport(
      { train: task },
      {
        folder: join(folder, "export"),
        clusterFolder: join(folder, "shared"),
        ...{ version: "0.9", algorithm: "grpo", model: "m", gpus: 1, batchSize: 8, steps, rewardUrl: rewards.url },
      },
    );
    completions = task.problems.slice(0, 4).flatMap(({ query, expert = "aspirin" }, i): [number, string][] => {
      const prompt = task.prompt(task.problems[i]!);
      return [query, expert].map((each) => [i, `<think>${completionAfter(prompt, each)}`]);
    });
    completions.push([0, "no tags at all"]);
    own = [];
    for (const [i, text] of completions)
      own.push((await task.score(task.problems[i]!, text, text.startsWith("<think>") ? { prompt: "" } : {})).reward);
  });
  test.after(async () => {
    await rewards?.close();
    await local?.close();
  });

  test("the cluster says what it is, and an export that takes a GPU is refused before anything is sent", async () => {
    assert.is(await cluster().version(), "2.58.0");
    const nodes = await cluster().nodes();
    assert.equal(
      nodes.map(({ head, resources }) => [head, resources["CPU"]]),
      [
        [true, 2],
        [false, 1],
        [false, 1],
      ],
    );
    await cluster()
      .submit(exported)
      .then(unexpected, ({ name, message }) => {
        assert.is(name, "RangeError");
        assert.match(message, /takes 1 GPUs of 1 nodes, and Ray at .* has 0 GPUs on 3 nodes/);
      });
    assert.equal(await cluster().list(), []);
  });

  test("preflight: eight rewards are equal in every bit, on the head and on both workers", async () => {
    const found = await cluster().preflight(exported, task);
    console.log(found);
    assert.equal(found.why, []);
    assert.ok(found.ok);
    assert.is(found.rows.length, 8);
    assert.ok(new Set(found.rows.map(({ notebook }) => notebook)).size > 2, "rewards that tell nothing");
    assert.equal(
      found.nodes.map(({ scores, shared }) => [scores, shared]),
      [
        [true, true],
        [true, true],
      ],
    );
    assert.equal(await cluster().list(), []); // its job is forgotten
  });

  test("preflight: a reward server that the cluster cannot reach is named with its address and port", async () => {
    const deaf = verlExport(
      { train: task },
      {
        folder: join(folder, "deaf"),
        ...{ version: "0.9", algorithm: "grpo", model: "m", batchSize: 8, rewardUrl: "http://127.0.0.1:9" },
      },
    );
    const found = await cluster().preflight(deaf, task);
    assert.not.ok(found.ok);
    assert.match(
      found.why[0]!,
      /no rewards from 127\.0\.0\.1, port 9: RewardUnavailable.*refused.*each machine's own/s,
    );
  });

  test("a run: rewards inside the job are the notebook's; its checkpoint comes back and is evaluated", async () => {
    const tiny = untrained(tinyConfig, tinyTokenizer, 3);
    tiny.save(join(folder, "tiny"));
    tiny.dispose();
    const env = environment({ seconds: 2, model: join(folder, "tiny") });
    const job = await cluster().submit(exported, { autoscaling: true, env });
    const seen = [];
    for await (const step of job) {
      seen.push(step);
      if (seen.length === 2) break; // as an interrupted cell
    }
    assert.is((await job.status()).state, "RUNNING");
    const child = await promisify(execFile)(process.execPath, [
      ...["--require", "tsx/cjs", join(__dirname, "ray-follower.ts"), local.url, exported.folder],
    ]);
    const all = child.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(
      all.map(({ step }) => step),
      [1, 2, 3, 4],
    );
    for (const step of all) {
      assert.equal(
        own.map((_, i) => step[`critic/score/${i}`]),
        own,
      ); // exactly
      assert.is(step["reward/mean"], step["critic/score/mean"]);
    }
    assert.is((await job.ended()).state, "SUCCEEDED");
    const again = [];
    for await (const step of job.follow()) again.push(step); // after its end
    assert.equal(again, all);

    const back = await cluster().fetch(job, { into: join(folder, "back") });
    assert.equal([back.step, back.history, back.why], [steps, all, undefined]);
    const policy = await model(back.checkpoint!);
    const test_ = { ...task, problems: task.problems.slice(0, 2) };
    const results = [];
    for await (const result of evaluate(test_, [rewriter(policy, test_, { maxTokens: 8 })], {
      metrics: [recallAt(50)],
    }))
      results.push(result);
    policy.dispose();
    console.log(`${back.files.length} files came back; ${results.length} questions were answered by the checkpoint`);
    assert.is(results.length, 2);
    assert.equal((await cluster().fetch(exported, { into: join(folder, "back") })).files, back.files);
  });

  test("a job that is stopped, and then deleted, is gone; its id was taken until then", async () => {
    const job = await cluster().submit({ entrypoint: "sleep 300" }, { id: "sleeper" });
    await cluster()
      .submit({ entrypoint: "true" }, { id: "sleeper" })
      .then(unexpected, ({ message }) => assert.match(message, /"sleeper".*has a job of that id/));
    for (; (await job.status()).state === "PENDING"; ) await new Promise((resolve) => setTimeout(resolve, 300));
    await job.delete().then(unexpected, ({ message }) => assert.match(message, /is RUNNING.*Stop it/));
    assert.is((await job.stop()).state, "STOPPED");
    assert.is((await job.stop()).state, "STOPPED");
    await job.delete();
    await job.status().then(unexpected, ({ why }) => assert.is(why, "lost"));
  });

  test("a trainer that fails: exit code and the end of the log, with its own error", async () => {
    const env = environment({ fails_at: 2 });
    const job = await cluster().submit(exported, { autoscaling: true, env });
    const seen: number[] = [];
    try {
      for await (const { step } of job) seen.push(step);
      assert.unreachable("the job failed");
    } catch (error) {
      const { name, why, exitCode, message } = error as {
        name: string;
        why: string;
        exitCode: number;
        message: string;
      };
      assert.equal([name, why, exitCode], ["JobFailed", "failed", 1]);
      assert.match(message, /CUDA out of memory, said the stand-in/);
    }
    assert.equal(seen, [1, 2]);
  });

  test("10 MB of log with a line that is not UTF-8: every line comes once, and the steps behind it too", async () => {
    const shell =
      "head -c 7500000 /dev/urandom | base64 -w 100; printf 'broken \\377\\376\\n'; echo 'step:1 - a/b:2.5'";
    const job = await cluster().submit({ entrypoint: shell });
    let [lines, characters] = [0, 0];
    const seen = [];
    const onLine = (line: string) => ((lines += 1), (characters += line.length + 1));
    for await (const step of job.follow({ onLine })) seen.push(step);
    assert.equal(
      seen.map((step) => [step.step, step["a/b"]]),
      [[1, 2.5]],
    );
    assert.is((await job.log()).split("\n").length - 1, lines);
    assert.ok(characters > 10_000_000, `${characters}`);
  });

  test("a job that waits for a GPU is given up, with what is missing", async () => {
    const job = await cluster().submit({ entrypoint: "true", gpus: 1 });
    await job.ended().then(unexpected, ({ name, why, message }) => {
      assert.equal([name, why], ["JobFailed", "not started"]);
      assert.match(message, /asks for 1 GPU, and no node has more than 0\. The cluster's 3 nodes have 4 CPU and 0 GPU/);
    });
  });

  test("a worker that dies takes its part of the run with it: the job fails, and says so", async () => {
    const env = environment({ seconds: 5, resource: "worker1" });
    const job = await cluster().submit(exported, { autoscaling: true, env });
    try {
      for await (const { step } of job) if (step === 1) local.killWorker(1);
      assert.unreachable("the job failed");
    } catch (error) {
      const { name, why, message } = error as { name: string; why: string; message: string };
      assert.equal([name, why], ["JobFailed", "failed"]);
      console.log(message);
      assert.match(message, /ActorDiedError|ActorUnavailable|died/);
    }
  });
}

test.run();
