import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { heartbeat } from "../../../lib/scaling/tinker/model/session";
import { tinker, type TinkerPolicy } from "../../../lib/scaling/tinker/tinker";
import { withoutFirst } from "../../../lib/scaling/tinker/wire/protobuf";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { train, type TrainOptions } from "../../../lib/training/train";
import { lettersTask, tinyTokenizer } from "../../fixtures";
import { rejection } from "../../models/remote/service";
import type { ReadDatum } from "./bigram";
import { FakeServer, type FakeOptions } from "./fake-server";
import { own, prompt, serving } from "./served";

/**
 * What servers of the Tinker API do that a client has to know, one test each. The fake server behaves as skyrl 0.4.0
 * does; what it copies was measured on the real one, and test/full/skyrl asks that one again.
 */
test.before(async () => void (await useBackend()));

const short = { prompt: [5, 6, 7], response: [8] };
const long = { prompt: [11, 12], response: [13, 14, 15, 16, 17, 18] };
const rates = { learningRate: 3, weightDecay: 0, maxNorm: Infinity };
const run: TrainOptions = {
  algorithm: grpo({ group: 4, klCoefficient: 0.01 }),
  ...{ steps: 2, batchSize: 2, miniBatch: 4, maxResponse: 6, learningRate: 1, maxGradNorm: Infinity },
};

const trap = (
  title: string,
  options: FakeOptions,
  work: (policy: TinkerPolicy, server: FakeServer) => Promise<void>,
): void =>
  test(title, () =>
    serving(options, async (server) => {
      const policy = tinker(server.url, own);
      await work(policy, server);
      await policy.dispose();
    }),
  );
const trained = async (policy: TinkerPolicy): Promise<void> => {
  for await (const _ of train(policy, lettersTask(4), run));
};
const updated = async (policy: TinkerPolicy): Promise<Readonly<Record<string, number>>> => {
  const sequences = [short, long];
  const logps = await policy.logps(sequences);
  return policy.update({ sequences, logps, gradients: logps.map((row) => row.map(() => -0.1)) }, rates);
};
const learning = (server: FakeServer) =>
  server.calls("forward_backward").filter(({ body }) => body["forward_only"] !== true);
const data = (server: FakeServer): ReadDatum[] => learning(server).flatMap(({ body }) => body["data"] as ReadDatum[]);

test("trap 1: a backend that averages is given data that undo its average, of short and of long answers", async () => {
  const after: number[][] = [];
  for (const normalisation of ["mean", "sum"] as const) {
    const server = await new FakeServer({ normalisation }).start();
    const policy = tinker(server.url, { ...own, server: normalisation === "mean" ? "skyrl" : "hosted" });
    await updated(policy);
    after.push((await policy.logps([short, long])).flat());
    await policy.dispose();
    await server.stop();
  }
  after[0]!.forEach((logp, i) => assert.ok(Math.abs(logp - after[1]![i]!) < 1e-5, `${i}`));
});

trap(
  "trap 2: no gradient is made of negative weights, which an average divides by about 0",
  {},
  async (policy, server) => {
    await trained(policy);
    for (const { body } of learning(server)) assert.is(body["loss_fn"], "importance_sampling");
    for (const { weights } of data(server)) assert.ok(weights!.every((weight) => weight === 0 || weight === 1));
  },
);

trap(
  "trap 3: losses are sent with weights, 0 on the prompt, since none would count the prompt",
  {},
  async (policy, server) => {
    await updated(policy);
    assert.equal(
      data(server).map(({ weights }) => weights),
      [
        [0, 0, 1],
        [0, 1, 1, 1, 1, 1, 1],
      ],
    );
  },
);

trap("trap 4: an older save, which would overwrite what is trained, is never sampled", {}, async (policy, server) => {
  const sessionOf = async (): Promise<unknown> => {
    await policy.generate([prompt], { maxTokens: 2 });
    return server.calls("asample").at(-1)!.body["sampling_session_id"];
  };
  const first = await sessionOf();
  assert.is(await sessionOf(), first);
  await updated(policy);
  assert.is.not(await sessionOf(), first);
});

trap("trap 5: a promise of samples without sample_sequence_ids is one", {}, async (policy) => {
  const [written] = await policy.generate([prompt], { maxTokens: 3 });
  assert.is(written!.tokens.length, written!.logps.length);
});

trap(
  "trap 6: weights are loaded as the first request of a model that was made for them",
  {},
  async (policy, server) => {
    await updated(policy);
    const path = await policy.save("best");
    await policy.restore(path);
    const [load] = server.calls("load_weights");
    assert.is(load!.body["seq_id"], 1);
    assert.type(load!.body["model_id"], "string");
    assert.is(server.calls("create_model").length, 2);
  },
);

test("trap 7: log-probabilities of a prompt have no entry for its first token, or a null there", () => {
  assert.equal(withoutFirst([-1, -2]), [-1, -2]);
  assert.equal(withoutFirst([null, -1, -2]), [-1, -2]);
});

trap(
  "trap 8: metrics are named name:reduction",
  {
    mischief: (path, number) =>
      path === "retrieve_future" && number === 4
        ? { status: 200, json: { metrics: { "grad_norm:mean": 2 } } }
        : undefined,
  },
  async (policy) => assert.equal(await updated(policy), { "actor/grad_norm": 2 }),
);

trap(
  "trap 9: what skyrl does not check is checked here: lengths, empty prompts, the base model",
  {},
  async (policy, server) => {
    assert.is((await rejection(policy.logps([{ prompt: [], response: [1] }]))).name, "RangeError");
    assert.is((await rejection(policy.generate([""], {}))).name, "RangeError");
    const other = tinker(server.url, { ...own, baseModel: "large" });
    assert.match((await rejection(other.logps([short]))).message, /does not serve the model "large"/);
    await trained(policy);
    for (const { tokens, targets, weights, logprobs, advantages } of data(server))
      for (const row of [targets, weights, logprobs, advantages]) assert.is(row!.length, tokens.length);
  },
);

trap(
  "trap 10: a connection that breaks is tried once more at once, with the same seq_id",
  { mischief: (path, number) => (path === "forward_backward" && number === 2 ? "reset" : undefined) },
  async (policy, server) => {
    await updated(policy);
    const [, first, second] = server.calls("forward_backward");
    assert.equal(first!.body, second!.body);
    assert.is(server.steps, 1);
  },
);

test("trap 11: a session says at once that it lives, says so again, and is quiet when it has ended", async () => {
  const usual = heartbeat.every;
  heartbeat.every = 30;
  const server = await new FakeServer().start();
  const policy = tinker(server.url, own);
  await policy.logps([short]);
  const beats = () => server.calls("session_heartbeat").length;
  assert.ok(beats() >= 1);
  const before = beats();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(beats() > before);
  await policy.dispose();
  const end = beats();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.is(beats(), end);
  heartbeat.every = usual;
  await server.stop();
});

trap(
  "trap 12: a model that is disposed of frees its place, and one too many is refused by name",
  { slots: 1 },
  async (policy, server) => {
    await policy.logps([short]);
    const second = tinker(server.url, own);
    assert.match((await rejection(second.logps([short]))).message, /refuses create_model.*Maximum number of LoRA/);
    await policy.dispose();
    assert.is((await second.logps([short])).length, 1);
    await second.dispose();
  },
);

trap(
  "trap 13: max_tokens is always sent, and saves have names that servers take, each once",
  {},
  async (policy, server) => {
    await policy.generate([prompt], { maxTokens: 4 });
    assert.ok(server.calls("asample").every(({ body }) => "max_tokens" in (body["sampling_params"] as object)));
    assert.ok(server.calls("asample").every(({ body }) => body["topk_prompt_logprobs"] === 0));
    const paths = [await policy.save("my best/№ 1"), await policy.save("my best/№ 1")];
    assert.is(new Set(paths).size, 2);
    for (const path of paths) assert.match(path, /\/weights\/[A-Za-z0-9_-]+$/);
  },
);

trap("trap 14: nothing is sent home, and the tokenizer is read from a folder", {}, async (policy, server) => {
  await trained(policy);
  assert.is(server.calls("telemetry").length, 0);
  assert.is(policy.tokenizer.size, tinyTokenizer.size);
});

trap("trap 15: only calls that skyrl has are needed", {}, async (policy, server) => {
  await trained(policy);
  await policy.restore(await policy.save("all"));
  const known = [
    ...["client/config", "get_server_capabilities", "create_session", "session_heartbeat", "create_model"],
    ...["unload_model", "asample", "forward_backward", "optim_step", "save_weights", "save_weights_for_sampler"],
    ...["load_weights", "retrieve_future", "training_runs"],
  ];
  for (const { path } of server.seen) assert.ok(known.includes(path.replace(/^(training_runs)\/.*/, "$1")), path);
});

test.run();
