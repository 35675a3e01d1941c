import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { holdsAdapter, readAdapter } from "../../../../lib/models/checkpoints/peft/adapter-files";
import { mapsOf } from "../../../../lib/models/decoder/adapter";
import { model } from "../../../../lib/models/model";
import type { Policy } from "../../../../lib/models/policy";
import { readSafetensors, writeSafetensors } from "../../../../lib/models/checkpoints/safetensors/safetensors";
import { taught, temporaryFolder, tensorsLeftBy, tinyConfig, tinyPolicy } from "../../../fixtures";

test.before(async () => void (await useBackend("cpu")));

const json = (folder: string, name: string) =>
  JSON.parse(readFileSync(join(folder, name), "utf8")) as Record<string, unknown>;
const bits = (policy: Policy) => policy.variables.map((variable) => [...variable.dataSync()]);

/** A tiny policy with adapters in a folder. */
function saved(): { folder: string; policy: Policy } {
  const folder = temporaryFolder();
  const base = tinyPolicy();
  const policy = taught(base.adapt({ rank: 2, alpha: 3, targets: ["v_proj", "q_proj", "down_proj"] }));
  base.dispose();
  policy.save(folder);
  return { folder, policy };
}

test("files, names and shapes are those of PEFT", () => {
  const { folder } = saved();
  assert.equal(readdirSync(folder).sort(), ["adapter_config.json", "adapter_model.safetensors"]);
  const { peft_type, task_type, r, lora_alpha, target_modules, use_rslora } = json(folder, "adapter_config.json");
  assert.equal(
    { peft_type, task_type, r, lora_alpha, target_modules, use_rslora },
    {
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      r: 2,
      lora_alpha: 3,
      target_modules: ["q_proj", "v_proj", "down_proj"],
      use_rslora: false,
    },
  );
  const shapes = Object.entries(readSafetensors(join(folder, "adapter_model.safetensors"))).map(
    ([name, { shape }]) => `${name} ${shape}`,
  );
  const layer = (l: number) =>
    [
      ["self_attn.q_proj", 16, 16],
      ["self_attn.v_proj", 16, 8],
      ["mlp.down_proj", 24, 16],
    ].flatMap(([module, inputs, outputs]) => [
      `base_model.model.model.layers.${l}.${module}.lora_A.weight 2,${inputs}`,
      `base_model.model.model.layers.${l}.${module}.lora_B.weight ${outputs},2`,
    ]);
  assert.equal(shapes, [...layer(0), ...layer(1)]);
});

test("adapters go through their folder bit for bit, with adapt and with model", async () => {
  const { folder, policy } = saved();
  const whole = temporaryFolder();
  const base = tinyPolicy();
  base.save(whole);
  const left = await tensorsLeftBy(async () => {
    for (const back of [base.adapt(folder), await model(whole, { adapter: folder })]) {
      assert.equal(bits(back), bits(policy));
      assert.equal(back.weights.adapter!.lora, policy.weights.adapter!.lora);
      back.dispose();
    }
  });
  assert.is(left, 0);
  assert.ok(holdsAdapter(folder) && !holdsAdapter(whole));
});

test("adapters of the Hub are found in its cache by their id", async () => {
  const { folder, policy } = saved();
  const whole = temporaryFolder();
  tinyPolicy().save(whole);
  const cache = temporaryFolder();
  const commit = "a".repeat(40);
  const repository = join(cache, "models--o--adapter");
  mkdirSync(join(repository, "refs"), { recursive: true });
  writeFileSync(join(repository, "refs/main"), commit);
  cpSync(folder, join(repository, "snapshots", commit), { recursive: true });
  const back = await model(whole, { adapter: "o/adapter", cache, offline: true });
  assert.equal(bits(back), bits(policy));
});

test("an adapter that would compute something else is refused, naming the field", () => {
  const { folder } = saved();
  const good = json(folder, "adapter_config.json");
  const refused = (change: Record<string, unknown>, pattern: RegExp) => {
    writeFileSync(join(folder, "adapter_config.json"), JSON.stringify({ ...good, ...change }));
    assert.throws(
      () => readAdapter(folder, tinyConfig),
      (error: Error) =>
        error.name === "CorruptData" &&
        error.message.startsWith(join(folder, "adapter_config.json")) &&
        pattern.test(error.message),
      String(pattern),
    );
  };
  refused({ use_dora: true }, /use_dora is true/);
  refused({ bias: "all" }, /bias is "all"\. Adapters with "none" are read/);
  refused({ peft_type: "IA3" }, /peft_type is "IA3"/);
  refused({ init_lora_weights: "pissa" }, /init_lora_weights is "pissa"/);
  refused({ rank_pattern: { q_proj: 4 } }, /rank_pattern is \{"q_proj":4\}\. All layers must be changed alike/);
  refused({ layers_to_transform: [0] }, /layers_to_transform is \[0\]/);
  refused({ target_modules: ["embed_tokens"] }, /target_modules is \["embed_tokens"\]\. A list of some of q_proj/);
  refused({ target_modules: ".*_proj" }, /target_modules is "\.\*_proj"/);
  refused({ r: 0 }, /rank is 0/);
  refused({ lora_alpha: "8" }, /alpha is "8", a string; it must be a number/);
});

test("arrays that are missing, misshapen, not finite or too many are named, and no tensor is left", async () => {
  const { folder } = saved();
  const file = join(folder, "adapter_model.safetensors");
  const good = readSafetensors(file);
  const name = "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight";
  const { [name]: one, ...others } = good;
  const refused = (arrays: typeof good, pattern: RegExp) => {
    writeSafetensors(file, arrays);
    assert.throws(
      () => readAdapter(folder, tinyConfig),
      (error: Error) => error.name === "CorruptData" && error.message.startsWith(file) && pattern.test(error.message),
      String(pattern),
    );
  };
  const left = await tensorsLeftBy(() => {
    refused(others, /layers\.1\.self_attn\.v_proj\.lora_B\.weight is missing/);
    refused({ ...good, [name]: { shape: [4, 4], data: one!.data } }, /lora_B\.weight is \[4,4\]; it must be \[8,2\]/);
    refused(
      { ...good, [name]: { shape: [8, 2], data: one!.data.map((value, i) => (i === 3 ? NaN : value)) } },
      /lora_B\.weight has a number that is not finite/,
    );
    refused(
      { ...good, "base_model.model.lm_head.lora_A.weight": one! },
      /lm_head\.lora_A\.weight belongs to no linear map/,
    );
    rmSync(file);
    assert.throws(() => readAdapter(folder, tinyConfig), /adapter_model\.safetensors/);
  });
  assert.is(left, 0);
});

test("every map that may be adapted has a name of its own", () => {
  const names = mapsOf(tinyConfig, {
    targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  }).map(({ module }) => module);
  assert.is(new Set(names).size, 14);
});

test.run();
