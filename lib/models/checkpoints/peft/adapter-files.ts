import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomic } from "../../../core/files/atomic";
import { CorruptData } from "../../../core/errors";
import { projectPath } from "../../../data/paths";
import { mapsOf, packAdapter, unpackAdapter, type MapFactors } from "../../decoder/adapter";
import { readArray, type NamedArray } from "../array-source";
import { readJson } from "../checkpoint";
import type { DecoderConfig } from "../../decoder/config";
import type { Adapter } from "../../decoder/low-rank";
import { fromPeft, toPeft } from "./peft-config";
import { openSafetensors, writeSafetensors } from "../safetensors/safetensors";

/**
 * Adapters in the files of Hugging Face PEFT: adapter_config.json, and adapter_model.safetensors with lora_A.weight
 * [r, in] and lora_B.weight [out, r] for each linear map.
 */
const files = { config: "adapter_config.json", weights: "adapter_model.safetensors" } as const;

/** Before the names of modules: PEFT's wrapper, and the causal language model's or classifier's body. */
const wrapper = "base_model.model.";
const arrayName = (module: string, factor: "A" | "B") => `${wrapper}model.${module}.lora_${factor}.weight`;

/** Whether a folder holds adapters, and not a whole model. */
export const holdsAdapter = (path: string): boolean => existsSync(join(projectPath(path), files.config));

/** Throws CorruptData if something else is there than an adapter's folder. */
function expectAdapter(path: string, folder: string): void {
  const has = (name: string) => existsSync(join(folder, name));
  if (has(files.weights) || !existsSync(folder)) return;
  if (statSync(folder).isFile())
    throw new CorruptData(
      folder,
      "it is a file",
      `Name the folder that holds ${files.config} and ${files.weights}: ${JSON.stringify(dirname(path))}.`,
    );
  if (has("adapter_model.bin"))
    throw new CorruptData(
      folder,
      "its adapter is adapter_model.bin, in PyTorch's pickle format, which may run code when it is read",
      "Save it with PEFT as safetensors: PeftModel.from_pretrained(base, folder).save_pretrained(folder).",
    );
  if (has("config.json") && !has(files.config))
    throw new CorruptData(
      folder,
      "it holds a whole model, not an adapter",
      `Load it as one: model(${JSON.stringify(path)}).`,
    );
  const inside = readdirSync(folder).find((name) => existsSync(join(folder, name, files.config)));
  if (inside !== undefined)
    throw new CorruptData(
      folder,
      "it holds no adapter itself, but a folder that does",
      `Name that one: ${JSON.stringify(join(path, inside))}.`,
    );
}

/** What is written beside the factors. */
interface AdapterNote {
  readonly base: string; // id or path of the model that is changed
  readonly taskType: "CAUSAL_LM" | "TOKEN_CLS"; // PEFT's word for it
  // what was trained whole, by its name in the model: "score.weight"
  readonly head?: Readonly<Record<string, NamedArray>>;
}

/** Writes both files, as PEFT's save_pretrained does. */
export function writeAdapter(
  path: string,
  adapter: Adapter,
  config: DecoderConfig,
  { base, taskType, head = {} }: AdapterNote,
  dtype: "F32" | "BF16" = "F32",
): void {
  const folder = projectPath(path);
  mkdirSync(folder, { recursive: true });
  const modules = [...new Set(Object.keys(head).map((name) => name.split(".")[0]!))];
  const settings = {
    ...toPeft(adapter.lora),
    task_type: taskType,
    base_model_name_or_path: base,
    modules_to_save: modules.length ? modules : null,
  };
  const arrays: Record<string, NamedArray> = {};
  const { rank } = adapter.lora;
  unpackAdapter(adapter, config, (module, { A, B }) => {
    arrays[arrayName(module, "A")] = { shape: [rank, A.length / rank], data: A };
    arrays[arrayName(module, "B")] = { shape: [B.length / rank, rank], data: B };
  });
  for (const [name, array] of Object.entries(head)) arrays[wrapper + name] = array;
  writeAtomic(join(folder, files.config), `${JSON.stringify(settings, null, 2)}\n`);
  writeSafetensors(join(folder, files.weights), arrays, dtype);
}

/**
 * Reads adapters of a model of this shape. Throws CorruptData naming a field, or an array that is missing, misshapen,
 * not finite or left over. The caller owns the adapter.
 *
 * @param headShapes what was trained whole and is to be read too, by its name in the model
 */
export function readAdapter(
  path: string,
  config: DecoderConfig,
  headShapes: Readonly<Record<string, readonly number[]>> = {},
): { adapter: Adapter; head: Record<string, NamedArray> } {
  const folder = projectPath(path);
  expectAdapter(path, folder);
  const file = join(folder, files.config);
  const lora = fromPeft(file, readJson(file, `An adapter's folder holds ${files.config} and ${files.weights}.`));
  const source = openSafetensors(join(folder, files.weights));
  try {
    const unread = new Set(source.names);
    const array = (name: string, shape: readonly number[]): NamedArray => {
      const found = source.shapeOf(name);
      if (String(found) !== String(shape))
        throw new CorruptData(
          source.file,
          found ? `${name} is [${found}]; it must be [${shape}]` : `${name} is missing`,
          "Load the model that the adapter was made for, and copy both files of the adapter.",
        );
      unread.delete(name);
      const own = readArray(source, name);
      if (!own.data.every(Number.isFinite))
        throw new CorruptData(
          source.file,
          `${name} has a number that is not finite`,
          "Take an adapter from before training diverged.",
        );
      return own;
    };
    const factors = new Map<string, MapFactors>();
    for (const { module, inputs, outputs } of mapsOf(config, lora)) {
      factors.set(module, {
        A: array(arrayName(module, "A"), [lora.rank, inputs]).data,
        B: array(arrayName(module, "B"), [outputs, lora.rank]).data,
      });
    }
    const head = Object.fromEntries(
      Object.entries(headShapes).map(([name, shape]) => [name, array(wrapper + name, shape)]),
    );
    for (const name of unread)
      throw new CorruptData(
        source.file,
        `${name} belongs to no linear map of the model`,
        `Load the model that the adapter was made for; only ${arrayName("layers.N.self_attn.q_proj", "A")} and the ` +
          "like are read.",
      );
    return { adapter: packAdapter(config, lora, ({ module }) => factors.get(module)!), head };
  } finally {
    source.close();
  }
}
