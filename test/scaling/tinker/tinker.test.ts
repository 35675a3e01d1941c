import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tinker, type TinkerOptions } from "../../../lib/scaling/tinker/tinker";
import { chunks, gradientData, measured } from "../../../lib/scaling/tinker/model/datum";
import { attemptsFor } from "../../../lib/scaling/tinker/model/durable-model";
import { completionOf } from "../../../lib/scaling/tinker/sampling";
import { serverKinds } from "../../../lib/scaling/tinker/server-kinds";
import { grpo } from "../../../lib/training/algorithms/grpo";
import { gspo } from "../../../lib/training/algorithms/ratios/gspo";
import { ppoAlgorithm } from "../../../lib/training/algorithms/ppo";
import { train, type TrainOptions } from "../../../lib/training/train";
import type { TrainingStep } from "../../../lib/training/loop/training-step";
import { lettersTask, tinyTokenizer } from "../../fixtures";
import { rejection } from "../../models/remote/service";
import { Bigram } from "./bigram";
import type { FakeOptions } from "./fake-server";
import { own, prompt, serving } from "./served";

test.before(async () => void (await useBackend()));
const run: TrainOptions = {
  algorithm: grpo({ group: 8, klCoefficient: 0 }),
  steps: 2,
  batchSize: 2,
  miniBatch: 16,
  maxResponse: 8,
  learningRate: 2,
  maxGradNorm: Infinity,
};
async function steps(all: AsyncIterable<TrainingStep>): Promise<TrainingStep[]> {
  const taken: TrainingStep[] = [];
  for await (const step of all) taken.push(step);
  return taken;
}

test("prompt tokens weigh 0, and log-probabilities and advantages stand on the response", () => {
  const sequence = { prompt: [5, 6, 7], response: [8, 9] };
  assert.equal(measured(sequence), { tokens: [5, 6, 7, 8], targets: [6, 7, 8, 9], weights: [0, 0, 1, 1] });
  const step = { sequences: [sequence], logps: [[-1, -2]], gradients: [[-0.5, 0.25]] };
  // A = −∂L/∂logp where the server adds up; times B·Σw = 1·2 where it takes means
  assert.equal(gradientData(step, serverKinds.hosted), [
    { tokens: [5, 6, 7, 8], targets: [6, 7, 8, 9], logprobs: [0, 0, -1, -2], advantages: [0, 0, 0.5, -0.25] },
  ]);
  assert.equal(gradientData(step, serverKinds.skyrl), [
    {
      tokens: [5, 6, 7, 8],
      targets: [6, 7, 8, 9],
      weights: [0, 0, 1, 1],
      logprobs: [0, 0, -1, -2],
      advantages: [0, 0, 1, -0.5],
    },
  ]);
  assert.throws(() => measured({ prompt: [], response: [1] }), /a prompt has no tokens/);
});

test(
  "a server that takes means and one that adds up are taught the same gradient, short and long responses " + "alike",
  () => {
    const sequences = [
      { prompt: [1, 2], response: [3] },
      { prompt: [1], response: [4, 5, 6] },
    ];
    const learnt = (["skyrl", "hosted"] as const).map((name) => {
      const kind = serverKinds[name];
      const model = new Bigram(8, 1);
      const logps = sequences.map((each) => {
        const { logps: all } = model.pass(measured(each), "cross_entropy", "sum", false);
        return all.slice(each.prompt.length - 1);
      });
      const data = gradientData({ sequences, logps, gradients: [[-1], [0.5, -0.25, 2]] }, kind);
      for (const datum of data) model.pass(datum, "importance_sampling", kind.normalisation, true);
      model.step(0.1, kind.normalisation);
      return [...model.table];
    });
    learnt[0]!.forEach((value, i) => assert.ok(Math.abs(value - learnt[1]![i]!) < 1e-12));
  },
);

test("requests hold as many sequences and bytes as the server takes", () => {
  const data = Array.from({ length: 5 }, () => measured({ prompt: [1], response: [2, 3] }));
  assert.equal(
    chunks(data, { datums: 2, bytes: 1e6 }).map(({ length }) => length),
    [2, 2, 1],
  );
  assert.equal(
    chunks(data, { datums: 9, bytes: 100 }).map(({ length }) => length),
    [2, 2, 1], // 48 bytes each
  );
});

test("the text ends before a stop string, and the tokens with the one that completes it", () => {
  const tokens = tinyTokenizer.encode("the cat sat on");
  const logprobs = tokens.map((_, i) => -i);
  const cut = completionOf({ tokens, logprobs, stopped: false }, tinyTokenizer, ["at s"]);
  assert.is(cut.text, "the c");
  assert.ok(
    tinyTokenizer.decode(cut.tokens).includes("at s") &&
      !tinyTokenizer.decode(cut.tokens.slice(0, -1)).includes("at s"),
  );
  assert.is(cut.logps.length, cut.tokens.length);
  assert.ok(cut.finished);
});

for (const wire of ["protobuf", "json"] as const)
  test(`GRPO trains a policy behind a server of ${wire}, and the reward rises`, () =>
    serving({ wire }, async (server) => {
      const policy = tinker(server.url, own);
      const all = await steps(train(policy, lettersTask(4), { ...run, steps: 12, learningRate: 20, maxResponse: 2 }));
      const reward = (from: number) =>
        all.slice(from, from + 4).reduce((sum, step) => sum + step["reward/mean"]! / 4, 0);
      assert.ok(reward(8) > reward(0) + 0.3, `${reward(0)} to ${reward(8)}`);
      assert.is(policy.updates, 12);
      assert.is(server.steps, 12);
      assert.is(server.calls("forward").length, 0); // what was sampled is measured already
      assert.is(server.calls("asample").length, 24); // 8 equal prompts are one request
      const first = server.calls("asample")[0]!.body as { num_samples: number; sampling_params: object };
      assert.is(first.num_samples, 8);
      assert.ok("max_tokens" in first.sampling_params); // skyrl requires it
      assert.is(server.calls("telemetry").length, 0);
      await policy.dispose();
      assert.is(server.models.size, 0); // its place is free
    }));

test("log-probabilities of sampling and of measuring agree, and the untrained model is the reference", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    const [one, two] = await policy.generate([prompt, prompt], { maxTokens: 5, temperature: 1 });
    assert.ok(one!.tokens.length > 0);
    const sequences = [one!, two!].map(({ tokens }) => ({
      prompt: policy.tokenizer.encode(prompt),
      response: tokens,
    }));
    const again = await policy.logps(sequences);
    [one!, two!].forEach(({ logps }, i) =>
      logps.forEach((logp, t) => assert.ok(Math.abs(logp - again[i]![t]!) < 1e-6)),
    );
    const base = await policy.reference(undefined).logps(sequences);
    const untrained = new Bigram(300, 0); // what the server has for its base model
    const before = [policy.tokenizer.encode(prompt).at(-1)!, ...one!.tokens];
    one!.tokens.forEach((token, t) => assert.ok(Math.abs(base[0]![t]! - untrained.logps(before[t]!)[token]!) < 1e-6));
    await policy.dispose();
  }));

test("later mini-batches are measured anew, and a KL penalty reads the reference", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    const algorithm = grpo({ group: 8, klCoefficient: 0.1 });
    const [step] = await steps(train(policy, lettersTask(4), { ...run, algorithm, steps: 1, miniBatch: 8 }));
    assert.is(server.calls("optim_step").length, 2);
    const forwards = server.calls("forward_backward").filter(({ body }) => body["forward_only"] === true);
    assert.is(forwards.length, 1);
    assert.ok(step!["actor/kl_loss"]! >= 0);
    assert.ok(server.calls("asample").some(({ body }) => body["base_model"] === "tiny" && body["prompt_logprobs"]));
    await policy.dispose();
  }));

test("every loss of the log-probabilities is trained: GSPO too; a critic, entropy and a temperature are refused", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    await steps(train(policy, lettersTask(4), { ...run, algorithm: gspo({ group: 8, klCoefficient: 0 }), steps: 1 }));
    const calls = server.seen.length;
    const refused = (options: TrainOptions) => () => train(policy, lettersTask(4), { ...run, ...options });
    assert.throws(
      refused({ algorithm: ppoAlgorithm(), miniBatch: 2 }),
      /the algorithm ppo cannot be trained.*critic.*Use grpo/,
    );
    assert.throws(
      refused({ algorithm: grpo({ group: 8, entropyCoefficient: 0.01 }) }),
      /entropyCoefficient 0.01 cannot be trained/,
    );
    assert.throws(refused({ temperature: 0.7 }), /temperature 0.7 cannot be trained/);
    assert.is(server.seen.length, calls); // nothing was sent
    await policy.dispose();
  }));

test("an older save is never sampled: after a step the weights are saved anew, and stay as trained", () =>
  serving({}, async (server) => {
    const policy = tinker(server.url, own);
    await policy.generate([prompt], { maxTokens: 3 });
    await policy.generate([prompt], { maxTokens: 3 });
    assert.is(server.calls("save_weights_for_sampler").length, 1);
    const sequences = [{ prompt: [5, 6], response: [7, 8] }];
    const [logps] = await policy.logps(sequences);
    const rates = { learningRate: 5, weightDecay: 0, maxNorm: Infinity };
    await policy.update({ sequences, logps: [logps!], gradients: [[-1, -1]] }, rates);
    const trained = (await policy.logps(sequences))[0]!;
    assert.ok(trained[0]! > logps![0]!);
    await policy.generate([prompt], { maxTokens: 3 });
    assert.is(server.calls("save_weights_for_sampler").length, 2);
    assert.equal((await policy.logps(sequences))[0], trained);
    await policy.dispose();
  }));

test("a reset connection gets the same call once more, which the server knows by its seq_id", () =>
  serving(
    { mischief: (path, number) => (path === "optim_step" && number === 1 ? "reset" : undefined) },
    async (server) => {
      const policy = tinker(server.url, own);
      await steps(train(policy, lettersTask(4), { ...run, steps: 1 }));
      const [first, second] = server.calls("optim_step");
      assert.equal(first!.body, second!.body);
      assert.is(server.steps, 1); // it was applied once
      await policy.dispose();
    },
  ));

test("a server that forgets its models in mid-run is given them again, and no step is taken twice or left out", () =>
  serving({}, async (server) => {
    const options = { ...run, steps: 6, seed: 4 };
    const undisturbed = tinker(server.url, own);
    const expected = await steps(train(undisturbed, lettersTask(4), options));
    await undisturbed.dispose();
    const policy = tinker(server.url, { ...own, keepEvery: 2 });
    const seen: TrainingStep[] = [];
    for await (const step of train(policy, lettersTask(4), options)) {
      seen.push(step);
      if (step.step === 3) server.forget(); // one step after a save of its own
      if (step.step === 5) await server.restart();
    }
    assert.equal(
      seen.map((step) => step["reward/mean"]),
      expected.map((step) => step["reward/mean"]),
    );
    assert.is(policy.updates, 6);
    assert.is(server.calls("load_weights").length, 2);
    await policy.dispose();
  }));

test("a run is resumed from the save that its checkpoint names", () =>
  serving({}, async (server) => {
    const at = join(mkdtempSync(join(tmpdir(), "tinker-run-")), "run");
    const options = { ...run, steps: 4, saveEvery: 2, seed: 5 };
    const whole = tinker(server.url, own);
    const expected = await steps(train(whole, lettersTask(4), options));
    await whole.dispose();
    const first = tinker(server.url, own);
    for await (const step of train(first, lettersTask(4), { ...options, folder: at })) if (step.step === 2) break;
    await first.dispose(); // the process ends here
    const state = JSON.parse(readFileSync(join(at, "checkpoint-2/state.json"), "utf8")) as {
      served: { weights: string };
    };
    assert.match(state.served.weights, /^tinker:\/\/model_\d+\/weights\/step-2-\d+$/);
    const second = tinker(server.url, own);
    const rest = await steps(train(second, lettersTask(4), { ...options, folder: at, resume: true }));
    assert.equal(
      rest.map((step) => step["reward/mean"]),
      expected.slice(2).map((step) => step["reward/mean"]),
    );
    await second.dispose();
  }));

test("save and load: a policy begins with the weights of another, moments included", () =>
  serving({}, async (server) => {
    const first = tinker(server.url, own);
    await steps(train(first, lettersTask(4), { ...run, steps: 1 }));
    const sequences = [{ prompt: [5, 6], response: [7, 8] }];
    const path = await first.save("best");
    const second = tinker(server.url, { ...own, weights: path });
    assert.equal(await second.logps(sequences), await first.logps(sequences));
    assert.is(server.calls("load_weights")[0]!.body["optimizer"], true);
    await Promise.all([first.dispose(), second.dispose()]);
  }));

const errors: readonly [string, FakeOptions, Partial<TinkerOptions>, RegExp, string][] = [
  ["an unknown model", {}, { baseModel: "huge" }, /does not serve the model "huge"; it serves "tiny"/, "RangeError"],
  [
    "a wrong token",
    { mischief: () => ({ status: 401, json: { detail: "no such key tml-secret-key" } }) },
    { apiKey: "tml-secret-key" },
    /HTTP 401.*no such key ….*Pass the key that it wants: \{ apiKey \}/s,
    "SearchUnavailable",
  ],
  [
    "an unsupported version",
    { mischief: (path) => (path === "create_session" ? { status: 404, json: { detail: "Not Found" } } : undefined) },
    {},
    /answers create_session with HTTP 404.*Supported are skyrl 0\.4\.0, skyrl-tx 0\.3\.0, the hosted service/s,
    "RangeError",
  ],
  [
    "a server that refuses this client",
    {
      mischief: (path) =>
        path === "create_session" ? { status: 200, json: { error_message: "SDK 0.25 has ended" } } : undefined,
    },
    {},
    /refuses this client: SDK 0\.25 has ended/,
    "RangeError",
  ],
  [
    "a server of another wire than was said",
    { wire: "protobuf" },
    { server: "skyrl-tx" },
    /answers forward(_backward)? with HTTP 4.*another version of the Tinker API/s,
    "RangeError",
  ],
  ["no place for a model", { slots: 0 }, {}, /refuses create_model: HTTP 400: Maximum number of LoRA/, "TypeError"],
  [
    "a server of something else",
    { mischief: () => ({ status: 200, json: "hello" }) },
    {},
    /client\/config is answered.*Is this the address of a Tinker server/s,
    "SearchUnavailable",
  ],
];
for (const [what, options, more, message, name] of errors)
  test(`${what} is named`, () =>
    serving(options, async (server) => {
      const policy = tinker(server.url, { ...own, ...more });
      const error = await rejection(policy.logps([{ prompt: [1], response: [2] }]));
      assert.is(error.name, name, error.message);
      assert.match(error.message, message);
      assert.not.match(error.message, /tml-secret-key/);
    }));

test("an address where nobody listens, and options that are wrong, are named", async () => {
  const nobody = tinker("http://127.0.0.1:9", { ...own, attempts: 1 });
  assert.match((await rejection(nobody.generate([prompt]))).message, /ECONNREFUSED.*See that a Tinker server listens/s);
  assert.throws(() => tinker("127.0.0.1:8000", own), /is no address of a server/);
  assert.throws(() => tinker("http://a", { ...own, baseModel: "" }), /baseModel is ""/);
  assert.throws(() => tinker("http://a", { ...own, lora: { rank: 0 } }), /rank is 0/);
  assert.throws(() => tinker("http://a", { ...own, server: "other" as "skyrl" }), /"skyrl", "skyrl-tx", "hosted"/);
  assert.throws(() => tinker("http://a", { ...own, apiKey: "a\nb" }), /apiKey/);
});

test(
  "a future that is not ready is asked for again, an expired one sent again, and a failure of the service " + "named",
  () => {
    let [asked, expired] = [0, 0];
    return serving(
      {
        mischief: (path) => {
          if (path !== "retrieve_future") return undefined;
          asked++;
          if (asked === 1) return { status: 200, json: { type: "try_again", queue_state: "active" } };
          if (asked === 2) return { status: 408, json: { detail: "Timeout waiting for result" } };
          if (asked === 4 && expired++ === 0) return { status: 410, json: { detail: "the promise has expired" } };
          if (asked === 7) return { status: 200, json: { error: "too long a prompt", category: "user" } };
          return undefined;
        },
      },
      async (server) => {
        const policy = tinker(server.url, own);
        const one = [{ prompt: [1], response: [2] }];
        await policy.logps(one); // create_model: try_again, 408, done; forward: expired, sent again, done
        const [first, second] = server.calls("forward_backward");
        assert.equal(first!.body, second!.body);
        await policy.logps(one);
        assert.match((await rejection(policy.logps(one))).message, /refuses forward_backward: too long a prompt/);
        await policy.dispose();
      },
    );
  },
);

test("the hosted service is known by its flags: it gets a token, sums and no weights", () =>
  serving({ flags: { pjwt_auth_enabled: true, fwdbwd_max_chunk_len: 8 }, normalisation: "sum" }, async (server) => {
    const policy = tinker(server.url, { ...own, apiKey: "tml-mine" });
    await steps(train(policy, lettersTask(4), { ...run, steps: 1 }));
    assert.is(server.calls("auth/token")[0]!.headers["x-api-key"], "tml-mine");
    assert.is(server.calls("create_session")[0]!.headers["x-api-key"], "eyJfake.e30.x");
    const passes = server.calls("forward_backward");
    assert.ok(passes.length >= 2); // 16 responses, 8 a request
    assert.ok(passes.every(({ body }) => (body["data"] as { weights?: unknown }[]).every(({ weights }) => !weights)));
    await policy.dispose();
  }));

test("options that the wire lacks are refused, and patience is counted in attempts", async () => {
  await serving({}, async (server) => {
    const policy = tinker(server.url, own);
    assert.match((await rejection(policy.generate([prompt], { minP: 0.1 }))).message, /the Tinker API has no minP/);
    assert.match(
      (await rejection(policy.generate([prompt], { repetitionPenalty: 1.2 }))).message,
      /has no repetitionPenalty/,
    );
    await policy.dispose();
  });
  // pauses of 0.5, 1, 2, … 30 s: 31.5 s in the first six
  assert.is(attemptsFor(0), 1);
  assert.is(attemptsFor(3600), 7 + 119);
});

test.run();
