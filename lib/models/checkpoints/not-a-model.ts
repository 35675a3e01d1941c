import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Why a path cannot be loaded as a model, and what to do instead. */
interface NotAModel {
  readonly why: string; // a sentence without its full stop
  readonly fix: string; // a sentence
}

/** A kind of folder that is no model. Names of files in it, and in its folders, show which kind it is. */
interface Kind {
  readonly pattern: RegExp; // at least one name matches it
  readonly unless?: RegExp; // and no name matches this one
  readonly explain: (found: string, path: string, names: readonly string[]) => NotAModel;
}

/** One expression that matches what any of `patterns` matches. */
const anyOf = (...patterns: readonly RegExp[]): RegExp => new RegExp(patterns.map(({ source }) => source).join("|"));

const call = (path: string): string => `model(${JSON.stringify(path)})`;
const newest = (names: readonly string[], pattern: RegExp): string =>
  names
    .flatMap((name) => pattern.exec(name)?.[0] ?? [])
    .sort((a, b) => Number(/\d+/.exec(b)?.[0] ?? 0) - Number(/\d+/.exec(a)?.[0] ?? 0))[0]!;
const convert = (path: string): string =>
  "Convert it once with Python: " +
  `AutoModelForCausalLM.from_pretrained(${JSON.stringify(path)}).save_pretrained("converted"), then ` +
  `${call("converted")}.`;

/** The first kind that fits is reported. model.ts looks for weights that it can read before it asks here. */
const kinds: readonly Kind[] = [
  { pattern: /^adapter_config\.json$/, explain: (_, path) => adapterAt(path) },
  {
    pattern: /^(checkpoint-\d+\/)?policy\/(config|adapter_config)\.json$/,
    explain: (_found, path, names) => {
      const inside = newest(names, /^(checkpoint-\d+\/)?policy/);
      return {
        why: "it is the folder of a training run, not of a model",
        fix: `Load the policy in it: ${call(join(path, inside))}.`,
      };
    },
  },
  {
    pattern: /^((global_step_\d+\/)?actor\/)?huggingface\/model.*\.safetensors$/,
    explain: (found, path) => ({
      why: "it is a checkpoint of verl, which holds a whole model in a folder",
      fix: `Load that: ${call(join(path, dirname(found)))}.`,
    }),
  },
  {
    pattern: anyOf(
      /(^|\/)(model_world_size_\d+_rank_\d+\.pt|fsdp_config\.json|latest_checkpointed_iteration\.txt)$/,
      /^global_step_\d+\/(actor|critic)$/,
      /^actor\/huggingface$/,
    ),
    explain: (_, path, names) => {
      const actor = names.some((name) => /^model_world_size|^fsdp_config/.test(name))
        ? path
        : names.includes("actor")
          ? join(path, "actor")
          : join(path, newest(names, /^global_step_\d+/) ?? "global_step_N", "actor");
      return {
        why: "it is a checkpoint of verl, whose weights are shards of FSDP",
        fix:
          `Merge them: python -m verl.model_merger merge --backend fsdp --local_dir ${actor} --target_dir merged, ` +
          `then ${call("merged")}.`,
      };
    },
  },
  {
    pattern: /^zero_to_fp32\.py$|(^|\/)(zero_pp_rank_|mp_rank_|bf16_zero_pp_rank_).*\.pt$/,
    explain: (_, path) => ({
      why: "it is a checkpoint of DeepSpeed ZeRO, whose weights are in pieces",
      fix:
        `Merge them: python ${join(path, "zero_to_fp32.py")} ${path} merged --safe_serialization, then ` +
        `${call("merged")} with config.json and the tokenizer's files beside them.`,
    }),
  },
  {
    pattern: /(^|\/)(__\d+_\d+\.distcp|pytorch_model_fsdp(_\d+)?(\.bin)?)$/,
    explain: (_, path, names) => {
      const inner = names.find((name) => /^pytorch_model_fsdp_\d+$/.test(name));
      return {
        why: "its weights are shards of PyTorch FSDP",
        fix:
          `Merge them: accelerate merge-weights ${inner ? join(path, inner) : path} merged, then ${call("merged")} ` +
          "with config.json and the tokenizer's files beside them.",
      };
    },
  },
  {
    pattern: /^model-\d{5}-of-\d{5}\.safetensors$/,
    unless: /^model\.safetensors\.index\.json$/,
    explain: (found) => ({
      why: `it holds shards such as ${found}, but no model.safetensors.index.json, which says what is in which`,
      fix: "Copy or download the index beside them.",
    }),
  },
  {
    pattern: /^pytorch_model.*\.bin(\.index\.json)?$/,
    explain: (found, path) => ({
      why: `its weights are ${found}, in PyTorch's pickle format, which may run code when it is read`,
      fix: convert(path),
    }),
  },
  {
    pattern: /^consolidated.*\.(pth|safetensors)$/,
    explain: (found, path) => ({
      why: `its weights are ${found}, in the format of the model's first publisher`,
      fix:
        `Take the files in Hugging Face layout: config.json, tokenizer.json and model*.safetensors. ${call(path)} ` +
        "reads those.",
    }),
  },
  {
    pattern: /\.onnx$/,
    explain: (found) => ({
      why: `it holds ${found}, a graph for ONNX Runtime`,
      fix: "Take the model that it was exported from, in Hugging Face layout or as a GGUF file.",
    }),
  },
  {
    pattern: /^(tf_model\.h5|flax_model\.msgpack|rust_model\.ot)$/,
    explain: (found, path) => ({ why: `its weights are ${found}, of TensorFlow, Flax or Rust`, fix: convert(path) }),
  },
  {
    pattern: /^(weights|model)\.npz$/,
    explain: (found) => ({ why: `its weights are ${found}, of MLX`, fix: "Take the model in Hugging Face layout." }),
  },
  {
    pattern: /^model_index\.json$/,
    explain: () => ({ why: "it is a pipeline of diffusers, which makes pictures", fix: "Take a language model." }),
  },
  {
    pattern: /^snapshots\/[^/]+$/,
    explain: (_, path, names) => ({
      why: "it is a repository in the Hub's cache",
      fix:
        `Load a snapshot in it: ${call(join(path, names.find((name) => /^snapshots\/[^/]+$/.test(name))!))}, or ask ` +
        "by the repository's id.",
    }),
  },
  {
    pattern: /^checkpoint-\d+\/(config|adapter_config)\.json$/,
    explain: (_, path, names) => {
      const last = join(path, newest(names, /^checkpoint-\d+/));
      return {
        why: "it is the output folder of a training run, which holds checkpoints",
        fix: existsSync(join(last, "adapter_config.json")) ? adapterAt(last).fix : `Load one of them: ${call(last)}.`,
      };
    },
  },
  {
    pattern: /^config\.json$/,
    explain: (_, path) => ({
      why: "it holds config.json, but no weights: neither model.safetensors nor model.safetensors.index.json",
      fix: `Copy or download the weights into ${path}.`,
    }),
  },
  {
    pattern: /^(tokenizer\.(json|model)|tokenizer_config\.json|vocab\.(json|txt)|merges\.txt|spiece\.model)$/,
    explain: (found) => ({
      why: `it holds a tokenizer (${found}), but no model`,
      fix: "Name the folder that holds config.json and model.safetensors too.",
    }),
  },
  {
    pattern: anyOf(
      /^(dataset_info\.json|dataset_dict\.json|qrels?(\.tsv)?|corpus\.jsonl|queries\.jsonl)$/,
      /\.(parquet|arrow|jsonl|csv|tsv)$/,
    ),
    explain: (found) => ({
      why: `it holds a dataset (${found}), not a model`,
      fix: "Name a model's folder here; BEIR folders are read with beir(…).",
    }),
  },
  {
    pattern: /^[^/]+\/config\.json$/,
    explain: (found, path) => ({
      why: "it holds no model itself, but a folder that may be one",
      fix: `Try ${call(join(path, dirname(found)))}.`,
    }),
  },
];

/** Explains that a folder holds an adapter, and how the adapter is loaded with its model. */
function adapterAt(path: string): NotAModel {
  let base: unknown;
  try {
    base = (
      JSON.parse(readFileSync(join(path, "adapter_config.json"), "utf8")) as {
        base_model_name_or_path?: unknown;
      } | null
    )?.base_model_name_or_path;
  } catch {
    base = undefined; // the reader of the adapter reports what is wrong with it
  }
  const named = typeof base === "string" && base ? base : "owner/base-model";
  return {
    why: `it holds a PEFT adapter${named === base ? ` of ${base}` : ""}, not a whole model`,
    fix: `Load the model with it: model(${JSON.stringify(named)}, { adapter: ${JSON.stringify(path)} }).`,
  };
}

/** Names of the entries of a folder, and "folder/name" for the entries of its folders. */
export const namesIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? [
            entry.name,
            ...readdirSync(join(path, entry.name)).map((name) => `${entry.name}/${name}`),
            ...deeper(path, entry.name),
          ]
        : [entry.name],
    )
    .sort();

/** The files of the policy, if `folder` is a checkpoint of a training run. */
const deeper = (path: string, folder: string): string[] =>
  /^checkpoint-\d+$/.test(folder) && existsSync(join(path, folder, "policy"))
    ? readdirSync(join(path, folder, "policy")).map((name) => `${folder}/policy/${name}`)
    : [];

/**
 * Explains why a folder holds no model, from the names in it. Returns undefined if the names do not show it. `path` is
 * the name that the caller used.
 */
export function whyFolderIsNoModel(path: string, names: readonly string[]): NotAModel | undefined {
  for (const { pattern, unless, explain } of kinds) {
    const found = names.find((name) => pattern.test(name));
    if (found !== undefined && !(unless && names.some((name) => unless.test(name)))) return explain(found, path, names);
  }
  return undefined;
}

/** Kinds of files that are no model, by their names. */
const fileKinds: readonly (readonly [name: RegExp, explain: (path: string) => NotAModel])[] = [
  [
    /^model-\d{5}-of-\d{5}\.safetensors$/,
    (path) => ({
      why: "it is one shard of a model",
      fix: `Load the folder that holds all of them: ${call(dirname(path))}.`,
    }),
  ],
  [
    /^(model\.safetensors\.index|config|generation_config|tokenizer|tokenizer_config)\.json$/,
    (path) => ({ why: "it is one of the files of a model's folder", fix: `Load the folder: ${call(dirname(path))}.` }),
  ],
  [/^adapter_(model\.(safetensors|bin)|config\.json)$/, (path) => adapterAt(dirname(path))],
  [
    /^(pytorch_model.*\.bin|.*\.(pt|pth|ckpt|pkl))$/,
    (path) => ({
      why: "it is in PyTorch's pickle format, which may run code when it is read",
      fix: convert(dirname(path)),
    }),
  ],
  [
    /^(training_args|optimizer|scheduler|scaler)\.bin$/,
    (path) => ({
      why: "it is what a trainer keeps beside a model",
      fix: `Load the folder, if it holds a model: ${call(dirname(path))}.`,
    }),
  ],
  [
    /\.onnx(_data)?$/,
    () => ({
      why: "it is a graph for ONNX Runtime",
      fix: "Take the model that it was exported from, in Hugging Face layout or as a GGUF file.",
    }),
  ],
  [/\.(parquet|arrow|jsonl|csv|tsv)$/, () => ({ why: "it is a dataset, not a model", fix: "Name a model here." })],
  [
    /\.(h5|msgpack|ot|npz)$/,
    (path) => ({ why: "its weights are in a format that is not read", fix: convert(dirname(path)) }),
  ],
  [/\.(zip|tar|gz|tgz|zst|7z)$/, () => ({ why: "it is an archive", fix: "Unpack it, and load the folder in it." })],
  [
    /^(?!model\.safetensors$).*\.safetensors$/,
    (path) => ({
      why: "it holds arrays, but is not called model.safetensors",
      fix:
        "Name it so in a folder with config.json and tokenizer.json, and load the folder, as in " +
        `${call(dirname(path))}.`,
    }),
  ],
  [
    /\.model$/,
    () => ({
      why: "it is a SentencePiece tokenizer, not a model",
      fix: "Name the folder that holds config.json and model.safetensors.",
    }),
  ],
];

/** Explains why a file is no model, from its name. Returns undefined if the name does not show it. */
export const whyFileIsNoModel = (path: string): NotAModel | undefined =>
  fileKinds.find(([name]) => name.test(basename(path)))?.[1](path);
