import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { SearchUnavailable } from "../../../lib/core/errors";
import type { Task } from "../../../lib/core/roles";
import { tinker } from "../../../lib/scaling/tinker/tinker";
import { grpo } from "../../../lib/training/algorithms/grpo";
import type { TrainingStep } from "../../../lib/training/loop/training-step";
import { train, type TrainOptions } from "../../../lib/training/train";
import { lettersTask } from "../../fixtures";
import { rejection } from "../../models/remote/service";
import type { ReadDatum } from "./bigram";
import type { FakeServer } from "./fake-server";
import { own, prompt, serving } from "./served";

test.before(async () => void (await useBackend()));

const one = [{ prompt: [1], response: [2] }];
const run: TrainOptions = {
  algorithm: grpo({ group: 4 }),
  ...{ steps: 3, batchSize: 2, miniBatch: 8, maxResponse: 6, learningRate: 1, maxGradNorm: Infinity },
};

test("a result that is never ready is an outage after its time, with what the server says of its queue", () =>
  serving(
    {
      mischief: (path, number) =>
        path === "retrieve_future" && number > 1
          ? { status: 200, json: { type: "try_again", queue_state: "paused_capacity" } }
          : undefined,
    },
    async (server) => {
      const policy = tinker(server.url, { ...own, resultSeconds: 0.5 });
      const error = (await rejection(policy.logps(one))) as SearchUnavailable;
      assert.is(error.name, "SearchUnavailable");
      assert.is(error.outage, "timeout");
      assert.match(error.message, /has no result after 0\.5 s \(queue: paused_capacity\).*resume: true/s);
    },
  ));

test("a result that is held for ever is the same outage: 408 is no answer", () =>
  serving(
    {
      mischief: (path, number) =>
        path === "retrieve_future" && number > 1 ? { status: 408, json: { detail: "Timeout" } } : undefined,
    },
    async (server) => {
      const policy = tinker(server.url, { ...own, resultSeconds: 0.2 });
      assert.match((await rejection(policy.logps(one))).message, /has no result after 0\.2 s/);
    },
  ));

test("a future that expires whenever it is asked for ends in an outage, and the call is the same each time", () =>
  serving(
    {
      mischief: (path, number) =>
        path === "retrieve_future" && number > 1 ? { status: 410, json: { detail: "promise expired" } } : undefined,
    },
    async (server) => {
      const policy = tinker(server.url, { ...own, patienceSeconds: 0 });
      const error = await rejection(policy.logps(one));
      assert.is(error.name, "SearchUnavailable");
      assert.match(error.message, /promise expired/);
    },
  ));

test("a tokenizer of another vocabulary is named by its size, before anything is trained", () =>
  serving({ size: 900 }, async (server) => {
    const policy = tinker(server.url, own);
    const error = await rejection(policy.generate([prompt, prompt], { maxTokens: 30 }));
    assert.is(error.name, "TypeError");
    assert.match(
      error.message,
      /wrote \d+ of 60 tokens that the tokenizer does not have: it has 300 ids.*\{ tokenizer \}/s,
    );
    await policy.dispose();
  }));

test("a rank that the server refuses is named as it says", () =>
  serving(
    {
      mischief: (path) =>
        path === "retrieve_future"
          ? { status: 400, json: { detail: "LoRA rank (64) must be between 0 and max_lora_rank (8)" } }
          : undefined,
    },
    async (server) => {
      const policy = tinker(server.url, { ...own, lora: { rank: 64 } });
      const error = await rejection(policy.logps(one));
      assert.is(error.name, "TypeError");
      assert.match(error.message, /refuses create_model: HTTP 400: LoRA rank \(64\) must be/);
    },
  ));

test("a server that is started again with another model is not trained on", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    await policy.logps(one);
    server.served = "other";
    await server.restart();
    const error = await rejection(policy.logps(one));
    assert.is(error.name, "RangeError");
    assert.match(error.message, /does not serve the model "tiny"; it serves "other"/);
  }));

/** The letters task behind an engine that is down while `down` says so. */
const flaky = (down: (completion: string, call: number) => boolean): Task => {
  const inner = lettersTask(4);
  let calls = 0;
  return {
    ...inner,
    async score(problem, completion, options) {
      if (down(completion, calls++))
        throw new SearchUnavailable("letters", "no connection", "Start it.", { outage: "network" });
      return inner.score(problem, completion, options);
    },
  };
};

const trainedRows = (server: FakeServer): ReadDatum[] =>
  server
    .calls("forward_backward")
    .filter(({ body }) => body["forward_only"] !== true)
    .flatMap(({ body }) => body["data"] as ReadDatum[]);

test("a reward that is missing is counted and never trained on", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    const lost: string[] = [];
    const task = flaky((completion, call) => {
      const down = call >= 8 && call % 4 === 1; // from the second step on, one of four
      if (down) lost.push(completion);
      return down;
    });
    const steps: TrainingStep[] = [];
    for await (const step of train(policy, task, { ...run, outageRetries: 0 })) steps.push(step);
    assert.ok(lost.length >= 4);
    const texts = trainedRows(server).map(({ targets, advantages }) =>
      policy.tokenizer.decode(targets.filter((_, t) => advantages![t] !== 0)),
    );
    const trained = steps.length * 8 - lost.length;
    assert.ok(texts.length <= trained, `${texts.length} rows were trained on, and ${trained} have a reward`);
    await policy.dispose();
  }));

test("a reward server that dies in mid-run: the run pauses, and goes on as if nothing had been", () =>
  serving({}, async (server) => {
    const rewardsOf = async (task: Task): Promise<number[]> => {
      const policy = tinker(server.url, own);
      const rewards: number[] = [];
      const patience = { outageRetries: 0, outageBackOff: 0.01, outagePatience: 5 };
      for await (const step of train(policy, task, { ...run, ...patience })) rewards.push(step["reward/mean"]!);
      await policy.dispose();
      return rewards;
    };
    const expected = await rewardsOf(lettersTask(4));
    const before = server.steps;
    assert.equal(await rewardsOf(flaky((_, call) => call >= 8 && call < 40)), expected);
    assert.is(server.steps - before, before); // as many optimizer steps
  }));

test("a reward server that stays away ends the run, with its steps kept and nothing trained meanwhile", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    const task = flaky((_, call) => call >= 8);
    const seen: TrainingStep[] = [];
    const running = async (): Promise<void> => {
      const patience = { outageRetries: 0, outageBackOff: 0.01, outagePatience: 0.05 };
      for await (const step of train(policy, task, { ...run, ...patience })) seen.push(step);
    };
    const error = await rejection(running());
    assert.is(error.name, "SearchUnavailable");
    assert.is(seen.length, 1);
    assert.is(server.steps, 1);
    await policy.dispose();
  }));

test.run();
