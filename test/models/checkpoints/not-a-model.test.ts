import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { model } from "../../../lib/models/model";
import { temporaryFolder, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** A folder with these files; a text of null makes a folder. */
function folderWith(files: Record<string, string | null>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (text === null) mkdirSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function answer(path: string, adapter?: string): Promise<string> {
  try {
    (await model(path, { offline: true, ...(adapter !== undefined && { adapter }) })).dispose();
  } catch (error) {
    assert.ok(["CorruptData", "RangeError"].includes((error as Error).name), String((error as Error).stack));
    return (error as Error).message;
  }
  return "it was read";
}

const adapter = JSON.stringify({ peft_type: "LORA", base_model_name_or_path: "Qwen/Qwen2.5-0.5B" });
const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";

/** What people point at, what must be said of it, and the call that must be named. */
const folders: Record<string, [files: Record<string, string | null>, says: RegExp, call: (path: string) => string]> = {
  "an adapter": [
    { "adapter_config.json": adapter, "adapter_model.safetensors": "" },
    /holds a PEFT adapter of Qwen\/Qwen2\.5-0\.5B, not a whole model/,
    (path) => `model("Qwen/Qwen2.5-0.5B", { adapter: "${path}" })`,
  ],
  "a run's folder": [
    {
      "config.json": "{}",
      "metrics.jsonl": "",
      "checkpoint-12/policy/config.json": "{}",
      "checkpoint-9/policy/config.json": "{}",
    },
    /folder of a training run/,
    (path) => `model("${path}/checkpoint-12/policy")`,
  ],
  "a run's checkpoint": [
    { "state.json": "{}", "policy/config.json": "{}" },
    /folder of a training run/,
    (path) => `model("${path}/policy")`,
  ],
  "a Trainer's output": [
    { "checkpoint-500/config.json": "{}", "checkpoint-1000/config.json": "{}", "runs/events": "" },
    /holds checkpoints/,
    (path) => `model("${path}/checkpoint-1000")`,
  ],
  "a Trainer's output of adapters": [
    { "checkpoint-500/adapter_config.json": adapter },
    /holds checkpoints/,
    (path) => `model("Qwen/Qwen2.5-0.5B", { adapter: "${path}/checkpoint-500" })`,
  ],
  "verl's run": [
    {
      "latest_checkpointed_iteration.txt": "20",
      "global_step_20/actor/huggingface/config.json": "{}",
      "global_step_10/actor/x": "",
    },
    /checkpoint of verl/,
    (path) => `--local_dir ${path}/global_step_20/actor`,
  ],
  "verl's actor": [
    { "model_world_size_2_rank_0.pt": "", "model_world_size_2_rank_1.pt": "", "huggingface/config.json": "{}" },
    /checkpoint of verl, whose weights are shards of FSDP/,
    (path) => `verl.model_merger merge --backend fsdp --local_dir ${path} `,
  ],
  "verl's actor with a whole model": [
    { "model_world_size_1_rank_0.pt": "", "huggingface/config.json": "{}", "huggingface/model.safetensors": "" },
    /checkpoint of verl, which holds a whole model/,
    (path) => `model("${path}/huggingface")`,
  ],
  "FSDP's shards": [
    { "pytorch_model_fsdp_0/__0_0.distcp": "", "optimizer_0/__0_0.distcp": "" },
    /shards of PyTorch FSDP/,
    (path) => `accelerate merge-weights ${path}/pytorch_model_fsdp_0 `,
  ],
  "DeepSpeed's pieces": [
    { "zero_to_fp32.py": "", "global_step5/zero_pp_rank_0_mp_rank_00_model_states.pt": "" },
    /DeepSpeed ZeRO/,
    (path) => `zero_to_fp32.py ${path} `,
  ],
  "a tokenizer": [
    { "tokenizer.json": "{}", "tokenizer_config.json": "{}" },
    /holds a tokenizer \(tokenizer\.json\), but no model/,
    () => "config.json and model.safetensors",
  ],
  "PyTorch's pickle": [
    { "config.json": "{}", "pytorch_model.bin": "", "tokenizer.json": "{}" },
    /pytorch_model\.bin, in PyTorch's pickle format/,
    (path) => `from_pretrained("${path}").save_pretrained("converted")`,
  ],
  "Meta's own format": [
    { "params.json": "{}", "consolidated.00.pth": "", "tokenizer.model": "" },
    /consolidated\.00\.pth/,
    () => "Hugging Face layout",
  ],
  ONNX: [
    { "config.json": "{}", "onnx/model.onnx": "" },
    /onnx\/model\.onnx, a graph for ONNX Runtime/,
    () => "Hugging Face layout",
  ],
  "a dataset": [{ "data/train.parquet": "", "dataset_info.json": "{}" }, /holds a dataset/, () => "beir("],
  "shards without their index": [
    { "config.json": "{}", "model-00001-of-00002.safetensors": "" },
    /no model\.safetensors\.index\.json/,
    () => "index",
  ],
  "a config alone": [
    { "config.json": "{}", "tokenizer.json": "{}" },
    /holds config\.json, but no weights/,
    () => "weights",
  ],
  "the hub's cache": [
    { "snapshots/abc/config.json": "{}", "refs/main": "abc" },
    /repository in the Hub's cache/,
    (path) => `model("${path}/snapshots/abc")`,
  ],
  "a folder above one": [
    { "mine/config.json": "{}", "notes.txt": "" },
    /a folder that may be one/,
    (path) => `model("${path}/mine")`,
  ],
  nothing: [
    {},
    /config\.json: it is missing, for the folder is empty/,
    () => "config.json, tokenizer.json and model.safetensors",
  ],
  pictures: [{ "cat.png": "" }, /config\.json: it is missing\. A checkpoint folder/, () => "model.safetensors"],
};

for (const [what, [files, says, call]] of Object.entries(folders)) {
  test(`a folder with ${what} is named, with the right call`, async () => {
    const folder = folderWith(files);
    const said = await answer(folder);
    assert.ok(said.startsWith(folder) && says.test(said) && said.includes(call(folder)), said);
  });
}

const singles: Record<string, [says: RegExp, call: (folder: string) => string]> = {
  "model-00002-of-00003.safetensors": [/one shard of a model/, (folder) => `model("${folder}")`],
  "model.safetensors.index.json": [/one of the files of a model's folder/, (folder) => `model("${folder}")`],
  "tokenizer.json": [/one of the files/, (folder) => `model("${folder}")`],
  "adapter_model.safetensors": [/holds a PEFT adapter, not a whole model/, (folder) => `{ adapter: "${folder}" }`],
  "pytorch_model-00001-of-00002.bin": [/pickle format/, () => "save_pretrained"],
  "model.pt": [/pickle format/, () => "save_pretrained"],
  "optimizer.bin": [/a trainer keeps/, (folder) => `model("${folder}")`],
  "model.onnx": [/ONNX Runtime/, () => "GGUF"],
  "train.jsonl": [/a dataset/, () => "model"],
  "weights.safetensors": [/not called model\.safetensors/, (folder) => `model("${folder}")`],
  "model.zip": [/an archive/, () => "Unpack"],
  "tokenizer.model": [/SentencePiece/, () => "folder"],
};

for (const [name, [says, call]] of Object.entries(singles)) {
  test(`the file ${name} is named, with the right call`, async () => {
    const folder = folderWith({ [name]: "something" });
    const said = await answer(join(folder, name));
    assert.ok(said.startsWith(join(folder, name)) && says.test(said) && said.includes(call(folder)), said);
  });
}

test("a pointer of Git LFS and a web page are named, whatever file they stand for", async () => {
  const folder = folderWith({});
  tinyPolicy().save(folder);
  for (const name of ["model.safetensors", "tokenizer.json", "config.json"]) {
    const other = folderWith({});
    tinyPolicy().save(other);
    writeFileSync(join(other, name), pointer);
    assert.match(
      await answer(other),
      new RegExp(`${name}: it is a pointer of Git LFS, not the file itself\\. Run git lfs pull`),
      name,
    );
    writeFileSync(join(other, name), "<!DOCTYPE html><html>");
    assert.match(await answer(other), new RegExp(`${name}: it is a web page`), name);
  }
  assert.match(await answer(join(folderWith({ "m.gguf": pointer }), "m.gguf")), /m\.gguf: it is a pointer of Git LFS/);
  assert.is(await answer(folder), "it was read");
});

test("a later part of a split GGUF file, alone in its folder, says which part is to be named", async () => {
  const folder = folderWith({ "m-00002-of-00002.gguf": "GGUF" });
  assert.match(await answer(folder), /m-00002-of-00002\.gguf: its head cannot be read/);
});

test("what is pointed at as an adapter and is none is named too", async () => {
  const base = folderWith({});
  tinyPolicy().save(base);
  assert.match(await answer(base, base), /it holds a whole model, not an adapter\. Load it as one: model\(/);
  assert.match(
    await answer(base, folderWith({ "adapter_config.json": adapter, "adapter_model.bin": "" })),
    /adapter_model\.bin, in PyTorch's pickle format/,
  );
  const parent = folderWith({ "checkpoint-3/adapter_config.json": adapter });
  assert.match(await answer(base, parent), new RegExp(`a folder that does\\. Name that one: "${parent}/checkpoint-3"`));
  assert.match(await answer(base, join(parent, "checkpoint-3/adapter_config.json")), /it is a file\. Name the folder/);
});

test("a checkpoint with only an older tokenizer is named, with the call that makes tokenizer.json", async () => {
  const folder = folderWith({ "tokenizer.model": "" });
  tinyPolicy().save(folder);
  const { rmSync } = await import("node:fs");
  rmSync(join(folder, "tokenizer.json"));
  assert.match(
    await answer(folder),
    /tokenizer\.json: it is missing; there is tokenizer\.model.*AutoTokenizer\.from_pretrained/,
  );
});

test.run();
