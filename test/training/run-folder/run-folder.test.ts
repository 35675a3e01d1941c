import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { backendInUse, useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { criticFrom } from "../../../lib/models/critic";
import type { Policy } from "../../../lib/models/policy";
import { adamW } from "../../../lib/training/optimizer";
import type { Learners } from "../../../lib/training/loop/learners";
import { ppoDefaults, type PPOConfig } from "../../../lib/training/ppo-config";
import { runFolder } from "../../../lib/training/run-folder/run-folder";
import { readSafetensors, writeSafetensors } from "../../../lib/models/checkpoints/safetensors/safetensors";
import { untrained } from "../../../lib/models/policy";
import { temporaryFolder, tinyConfig, tinyPolicy, tinyTokenizer } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

function partsOf(policy: Policy): Learners {
  const critic = criticFrom(policy);
  return {
    policy,
    critic,
    reference: policy.freeze(),
    policyOptimizer: adamW(policy.variables),
    criticOptimizer: adamW(critic.variables),
  };
}
const open = (
  folder: string,
  {
    resume = false,
    config = {},
    learners = partsOf(tinyPolicy()),
  }: { resume?: boolean; config?: Partial<PPOConfig>; learners?: Learners } = {},
) => runFolder(folder, { settings: { ...ppoDefaults, ...config }, defaults: ppoDefaults, learners, resume });
const read = (folder: string, name: string) => readFileSync(join(folder, name), "utf8");
const corrupt = (error: Error) => error.name === "CorruptData";

/** A run of two steps, saved at the second. */
function finished(): string {
  const folder = temporaryFolder();
  const run = open(folder);
  for (const step of [1, 2]) {
    const metrics = { step, "reward/mean": step / 3, "timing_s/step": 0.5 };
    run.log(metrics);
    run.logTimes(metrics);
  }
  run.save(2);
  return folder;
}

test("a fresh run begins at 0 and writes its settings, in words that JSON has", () => {
  const folder = temporaryFolder();
  assert.is(open(folder).step, 0);
  const config = JSON.parse(read(folder, "config.json")) as PPOConfig;
  assert.is(config.clip, 0.2);
  assert.is(config.dualClip, null); // Infinity
  const { backend, device, precision } = (config as unknown as { computing: Record<string, string> }).computing;
  assert.equal([backend, device, precision], [backendInUse()!.name, "cpu", "f32"]);
});

test("a run that goes on elsewhere, or in another precision, says so and keeps what computed it before", async () => {
  const folder = finished();
  const config = () => JSON.parse(read(folder, "config.json")) as Record<string, unknown>;
  const warned: string[] = [];
  const hear = ({ message }: Error) => void warned.push(message);
  process.on("warning", hear);
  try {
    open(folder, { resume: true }).release(); // on the same backend
    assert.is(config()["computingBefore"], undefined);
    const card = { backend: "native", backendVersion: "TensorFlow 2", device: "gpu", precision: "tf32" };
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config(), computing: card }));
    for (let time = 0; time < 2; time++) open(folder, { resume: true }).release();
    assert.equal(config()["computingBefore"], [{ ...card, until: 2 }]);
    assert.is((config()["computing"] as typeof card).device, "cpu");
    await new Promise(setImmediate);
    assert.is(warned.length, 1);
    assert.match(
      warned[0]!,
      /was computed by native on the card in tf32 up to step 2, and goes on by \w+ on the processor in f32\. /,
    );
  } finally {
    process.off("warning", hear);
  }
});

test("metrics and times go to files of their own, a line a step", () => {
  const folder = finished();
  assert.is(read(folder, "metrics.jsonl"), `{"step":1,"reward/mean":${1 / 3}}\n{"step":2,"reward/mean":${2 / 3}}\n`);
  assert.is(read(folder, "timing.jsonl"), '{"step":1,"timing_s/step":0.5}\n{"step":2,"timing_s/step":0.5}\n');
});

test("the newest checkpoint is kept, the one before goes when it is complete", () => {
  const folder = finished();
  const run = open(folder, { resume: true });
  run.save(3);
  run.release();
  assert.equal(readdirSync(folder).sort(), ["checkpoint-3", "config.json", "metrics.jsonl", "timing.jsonl"]);
  assert.equal(readdirSync(join(folder, "checkpoint-3", "policy")).sort(), [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
  ]);
});

test("closing saves what is not saved yet, and only that", () => {
  const folder = temporaryFolder();
  const run = open(folder);
  run.close(0);
  assert.not.ok(readdirSync(folder).some((name) => name.startsWith("checkpoint")));
  run.close(4);
  assert.ok(readdirSync(folder).includes("checkpoint-4"));
});

test("resumed, every weight and moment is what was saved, whatever the parts were before", () => {
  const folder = temporaryFolder();
  const parts = partsOf(tinyPolicy());
  parts.policyOptimizer.minimise(
    () => tf.addN(parts.policy.variables.map((variable) => tf.sum(tf.square(variable)))) as tf.Scalar,
    0.1,
  );
  open(folder, { learners: parts }).save(1);
  const other = partsOf(tinyPolicy(9));
  assert.is(open(folder, { resume: true, learners: other }).step, 1);
  const values = ({ policy, critic, reference, policyOptimizer }: Learners) =>
    [...policy.variables, ...critic!.variables, ...reference!.variables]
      .map((tensor) => [...tensor.dataSync()])
      .concat(Object.values(policyOptimizer.state()).map(({ data }) => [...data]));
  assert.equal(values(other), values(parts));
});

test("steps after the checkpoint stay on disk however often the run is killed while it repeats them", () => {
  const folder = finished();
  const third = { step: 3, "reward/mean": 1, "timing_s/step": 0.5 };
  const run = open(folder, { resume: true });
  run.log(third);
  run.logTimes(third);
  const before = read(folder, "metrics.jsonl");
  for (let kill = 0; kill < 2; kill++) {
    const again = open(folder, { resume: true });
    assert.equal([again.step, again.told], [2, 3]); // it is run again, and was yielded
    assert.is(read(folder, "metrics.jsonl"), before);
  }
  const again = open(folder, { resume: true });
  again.log(third);
  again.logTimes(third);
  assert.is(read(folder, "metrics.jsonl"), before);
  assert.is(read(folder, "timing.jsonl").trim().split("\n").length, 3);
});

test("a step whose process was killed during its checkpoint has metrics and was not yielded", () => {
  const folder = finished();
  open(folder, { resume: true }).log({ step: 3, "reward/mean": 1, "timing_s/step": 0.5 });
  assert.is(open(folder, { resume: true }).told, 2);
  assert.is(read(folder, "metrics.jsonl").trim().split("\n").length, 3);
});

test("a run that is resumed with fewer steps has no metrics of the others", () => {
  const folder = finished();
  appendFileSync(join(folder, "metrics.jsonl"), '{"step":3,"reward/mean":1}\n');
  open(folder, { resume: true, config: { steps: 2 } });
  assert.is(read(folder, "metrics.jsonl").trim().split("\n").length, 2);
});

test("a last line that a crash has cut is dropped", () => {
  const folder = finished();
  appendFileSync(join(folder, "metrics.jsonl"), '{"step":3,"rew');
  assert.is(open(folder, { resume: true }).step, 2);
  assert.is(read(folder, "metrics.jsonl").trim().split("\n").length, 2);
});

test("a checkpoint that was being written when the process was killed is not one", () => {
  const folder = finished();
  mkdirSync(join(folder, "checkpoint-9.tmp"));
  assert.is(open(folder, { resume: true }).step, 2);
});

test("with nothing to resume, that is said, and nothing is made", () => {
  const parent = temporaryFolder();
  assert.throws(
    () => open(join(parent, "new"), { resume: true }),
    /no checkpoint in .*new to resume from: there is no such folder\. Leave resume out/,
  );
  open(join(parent, "begun"));
  assert.throws(
    () => open(join(parent, "begun"), { resume: true }),
    /the run there was ended before its first checkpoint/,
  );
  assert.equal(readdirSync(parent), ["begun"]);
});

test("a checkpoint is due at first, and then where all of them take 2 % of the time at most", async () => {
  const run = open(temporaryFolder());
  assert.ok(run.isDue());
  run.save(1);
  assert.not.ok(run.isDue());
  const now = performance.now;
  try {
    performance.now = () => now.call(performance) + 3_600_000; // an hour later
    assert.ok(run.isDue());
  } finally {
    performance.now = now;
  }
});

test("earlier runs are set aside in order, and an empty folder is simply used", () => {
  const parent = temporaryFolder();
  const folder = join(parent, "run");
  mkdirSync(folder);
  for (let i = 0; i < 3; i++) open(folder);
  assert.equal(readdirSync(parent).sort(), ["run", "run-1", "run-2"]);
});

test(
  "a folder that holds no run is refused, fresh or resumed, and left as it is: a model's, a project's, one with a " +
    "metrics.jsonl of others",
  () => {
    const contents: readonly Record<string, string>[] = [
      { "config.json": '{"model_type":"qwen2","hidden_size":64}', "model.safetensors": "" },
      { "package.json": "{}", "index.ts": "" },
      { "metrics.jsonl": '{"loss":1}\n' },
      { "config.json": "[]" },
      { "config.json": '{"steps":10,"seed":1}' },
    ];
    for (const files of contents) {
      for (const resume of [false, true]) {
        const parent = temporaryFolder();
        const folder = join(parent, "theirs");
        mkdirSync(folder);
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
        assert.throws(
          () => open(folder, { resume }),
          resume
            ? /no checkpoint in .*theirs to resume from: it holds no run/
            : /^ppo: the folder .*theirs holds .* and not a run/,
        );
        assert.equal(readdirSync(parent), ["theirs"]);
        for (const [name, text] of Object.entries(files)) assert.is(read(folder, name), text);
      }
    }
  },
);

test("checkpoints of somebody else in a run's folder are refused, and never removed", () => {
  const folder = finished();
  const theirs = join(folder, "checkpoint-500");
  mkdirSync(theirs);
  writeFileSync(join(theirs, "trainer_state.json"), "{}");
  assert.throws(
    () => open(folder, { resume: true }),
    /checkpoint-500 is no checkpoint of ours \(trainer_state\.json\)/,
  );
  assert.equal(readdirSync(theirs), ["trainer_state.json"]);
});

test("a checkpoint into which somebody has put a note is a checkpoint, and stays when the run goes past it", () => {
  const folder = finished();
  writeFileSync(join(folder, "checkpoint-2", "notes.txt"), "the good one");
  const run = open(folder, { resume: true });
  assert.is(run.step, 2);
  run.save(3);
  assert.is(read(folder, "checkpoint-2/notes.txt"), "the good one");
  assert.ok(readdirSync(folder).includes("checkpoint-3"));
});

test("what a killed process left half written goes, what it did not write stays", () => {
  const folder = finished();
  mkdirSync(join(folder, "checkpoint-9.tmp"));
  writeFileSync(join(folder, "checkpoint-9.tmp", "policy-state.safetensors.123.tmp"), "half");
  mkdirSync(join(folder, "checkpoint-8.tmp"));
  writeFileSync(join(folder, "checkpoint-8.tmp", "mine.txt"), "");
  open(folder, { resume: true });
  assert.equal(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    ["checkpoint-8.tmp"],
  );
});

test("a change that changes no number is allowed, and kept; so is a setting that an older version did not have", () => {
  const folder = finished();
  const changed = { steps: 200, microBatch: 2, checkpoint: true, searches: 3, saveEvery: 7, validateEvery: 5 };
  assert.is(open(folder, { resume: true, config: changed }).step, 2);
  const kept = JSON.parse(read(folder, "config.json")) as Record<string, unknown>;
  for (const [name, value] of Object.entries(changed)) assert.is(kept[name], value);
  const { dualClip: _, weightDecay: __, ...older } = kept;
  writeFileSync(join(folder, "config.json"), JSON.stringify(older));
  assert.is(open(folder, { resume: true }).step, 2);
  writeFileSync(join(folder, "config.json"), JSON.stringify(older));
  assert.throws(
    () => open(folder, { resume: true, config: { weightDecay: 0.2 } }),
    /began with weightDecay 0\.01, not 0\.2/,
  );
});

test("the settings that may not differ are named; Infinity is equal to itself", () => {
  const folder = finished();
  assert.is(open(folder, { resume: true, config: { steps: 7 } }).step, 2);
  assert.throws(() => open(folder, { resume: true, config: { clip: 0.3 } }), /began with clip 0\.2, not 0\.3/);
  assert.throws(() => open(folder, { resume: true, config: { dualClip: 3 } }), /dualClip/);
});

test("a checkpoint of another model, or with a truncated part, is refused by name", () => {
  const folder = finished();
  const file = join(folder, "checkpoint-2", "critic-state.safetensors");
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, -4));
  assert.throws(
    () => open(folder, { resume: true }),
    (error: Error) => corrupt(error) && error.message.startsWith(file),
  );
});

test("broken settings, or a missing part of a checkpoint, are refused by name", () => {
  const settings = finished();
  writeFileSync(join(settings, "config.json"), "{");
  assert.throws(
    () => open(settings, { resume: true }),
    (error: Error) => corrupt(error) && error.message.startsWith(join(settings, "config.json")),
  );
  const part = finished();
  rmSync(join(part, "checkpoint-2", "policy-optimizer.safetensors"));
  assert.throws(
    () => open(part, { resume: true }),
    (error: Error) => corrupt(error) && /policy-optimizer\.safetensors/.test(error.message),
  );
});

test("a checkpoint whose tensors have places instead of names, as earlier versions wrote it, is read", () => {
  const folder = temporaryFolder();
  const learners = partsOf(tinyPolicy());
  open(folder, { learners }).save(1);
  for (const part of ["policy", "critic", "reference"]) {
    const file = join(folder, "checkpoint-1", `${part}-state.safetensors`);
    const arrays = Object.values(readSafetensors(file));
    const variables = learners[part as "policy"].variables;
    writeSafetensors(
      file,
      Object.fromEntries(variables.map(({ shape }, i) => [String(i), { shape, data: arrays[i]!.data }])),
    );
  }
  const names = Object.keys(readSafetensors(join(folder, "checkpoint-1", "policy-state.safetensors")));
  assert.ok(names.every((name) => /^\d+$/.test(name)));
  assert.is(open(folder, { resume: true, learners: partsOf(tinyPolicy(9)) }).step, 1);
});

test("tensors of a checkpoint have the names of the weights", () => {
  const folder = finished();
  const names = (part: string) => Object.keys(readSafetensors(join(folder, "checkpoint-2", part)));
  assert.ok(names("policy-state.safetensors").includes("layers.0.qkv"));
  assert.ok(names("critic-state.safetensors").includes("score.weight"));
  assert.ok(names("policy-optimizer.safetensors").includes("first.layers.0.qkv"));
});

test("a checkpoint of another model is refused, with the file and the tensor", () => {
  const folder = finished();
  const other = untrained({ ...tinyConfig, num_hidden_layers: 1 }, tinyTokenizer, 1);
  assert.throws(
    () => open(folder, { resume: true, learners: partsOf(other) }),
    /policy-state\.safetensors: this model has no tensor layers\.1\..*Resume with the model the run began with/,
  );
});

test("a checkpoint that cannot be written, as on a full disk, leaves the one before and no half of its own", () => {
  const folder = finished();
  const learners = partsOf(tinyPolicy());
  const full: Policy = {
    ...learners.policy,
    save() {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    },
  };
  const run = open(folder, { resume: true, learners: { ...learners, policy: full } });
  assert.throws(() => run.save(3), /ENOSPC/);
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith("checkpoint")),
    ["checkpoint-2"],
  );
  assert.is(open(folder, { resume: true }).step, 2);
});

test.run();
