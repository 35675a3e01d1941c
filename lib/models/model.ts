import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CorruptData } from "../core/errors";
import { listing, snapshot, type HubOptions } from "../data/hub/hub";
import { projectPath } from "../data/paths";
import { keepsBfloat16 } from "../backend/bfloat16";
import { cardTold } from "../backend/card-failure";
import { useBackend } from "../backend/choose";
import { holdsAdapter } from "./checkpoints/peft/adapter-files";
import { openCheckpoint, type Checkpoint } from "./checkpoints/checkpoint";
import { openGguf } from "./checkpoints/gguf/gguf";
import { partsOfGguf } from "./checkpoints/gguf/parts";
import { openLlama2c } from "./checkpoints/llama2c";
import { expectRoom } from "./memory/memory";
import { whyFileIsNoModel, whyFolderIsNoModel, namesIn } from "./checkpoints/not-a-model";
import { policyFrom, type Policy } from "./policy";
import { indexFile, weightsFile } from "./checkpoints/safetensors/sharded";
import { expectTrainingRoom, type TrainingPlan } from "./memory/training-memory";

/** The files that are loaded from the hub: all but weights in other formats. */
const hubFiles = ["*.json", "*.jinja", "model*.safetensors"];
const adapterFiles = ["adapter_config.json", "adapter_model.safetensors"];

const hubId = /^[\w.-]+\/[\w.-]+$/;

/** Options of `model`. */
export interface ModelOptions extends HubOptions {
  /** "bf16" keeps the matrices as bfloat16 in half the memory; then only adapters can be trained */
  readonly frozen?: "bf16";
  /** a training that must fit into memory too; otherwise the model is refused before it is loaded */
  readonly plan?: Partial<TrainingPlan>;
  /** a folder or Hub id of adapters that PEFT or this library wrote */
  readonly adapter?: string;
}

/**
 * A language model by its Hub id (`"Qwen/Qwen2.5-0.5B-Instruct"`), from a folder in Hugging Face layout, or from a
 * .safetensors, .gguf or llama2.c's .bin file. A GGUF file of a Hub repository is `"owner/name/file.gguf"`. Quantised
 * weights are widened to float32. Chooses a backend if none has been chosen.
 *
 * Throws RangeError before it reads a weight if there is less memory than the model needs, or if nothing has this name;
 * CorruptData naming the file and the array; SearchUnavailable if the hub does not answer. The caller disposes of it.
 */
export async function model(
  idOrPath: string,
  { frozen, plan, adapter, ...options }: ModelOptions = {},
): Promise<Policy> {
  const backend = await useBackend();
  if (frozen !== undefined && frozen !== "bf16")
    throw new RangeError(`model: frozen is ${JSON.stringify(frozen)}; it may be "bf16".`);
  if (frozen && !keepsBfloat16())
    throw new RangeError(
      `model: the ${backend.name} backend cannot keep bfloat16. Use native or wasm, or leave frozen out.`,
    );
  const adapters = adapter === undefined ? undefined : await findAdapter(adapter, options);
  const checkpoint = await findCheckpoint(idOrPath, options);
  try {
    const loading = frozen ? { frozen } : {};
    expectRoom(idOrPath, checkpoint.config, backend, loading);
    if (plan) expectTrainingRoom(idOrPath, checkpoint.config, backend, plan, loading);
  } catch (error) {
    checkpoint.source.close();
    throw error;
  }
  const policy = loaded(idOrPath, checkpoint, frozen === "bf16");
  if (adapters === undefined) return policy;
  try {
    return policy.adapt(adapters);
  } finally {
    policy.dispose(); // the adapted policy shares its weights
  }
}

/** The policy of a checkpoint. An error of the card says what to do. */
function loaded(name: string, checkpoint: Checkpoint, half: boolean): Policy {
  try {
    return policyFrom(checkpoint, half);
  } catch (error) {
    const smaller = half ? "a smaller model" : '{ frozen: "bf16" }, or a smaller model';
    throw cardTold(error, name, `See with nvidia-smi what else holds the card's memory, or use ${smaller}.`);
  }
}

/** The folder of an adapter, on disk or downloaded. */
async function findAdapter(idOrPath: string, options: HubOptions): Promise<string> {
  if (existsSync(projectPath(idOrPath)) || !hubId.test(idOrPath)) return idOrPath;
  return (await snapshot(idOrPath, adapterFiles, options)).folder;
}

/**
 * Opens the checkpoint that `model` would load, and reads no weight. The caller closes its source. Throws as `model`
 * does.
 */
export async function findCheckpoint(idOrPath: string, options: HubOptions = {}): Promise<Checkpoint> {
  if (idOrPath.trim() === "")
    throw new RangeError(
      'model: the checkpoint is an empty text. Write a folder, a .gguf file, or a Hub id "owner/name".',
    );
  const path = projectPath(idOrPath);
  if (existsSync(path)) return openPath(idOrPath, path);
  const [, repository, file] = /^([\w.-]+\/[\w.-]+)(?:\/(.+\.gguf))?$/.exec(idOrPath) ?? [];
  if (!repository)
    throw new RangeError(
      `model: there is no file or folder ${path}, and "${idOrPath}" is no Hub id. Write a path, or "owner/name".`,
    );
  if (file) {
    const { folder } = await snapshot(
      repository,
      partsOfGguf(file)?.map((part) => join(dirname(file), part)) ?? [file],
      options,
    );
    return openGguf(join(folder, file), idOrPath);
  }
  const { folder, files } = await snapshot(repository, hubFiles, options);
  if (!files.some(({ path: name }) => name.endsWith(".safetensors"))) throw await noWeights(idOrPath, folder, options);
  return { ...openCheckpoint(folder), name: idOrPath };
}

/** Explains what a repository of the hub holds in place of a model's weights. */
async function noWeights(id: string, folder: string, options: HubOptions): Promise<CorruptData> {
  const names = (await listing(id, options)).files.map(({ path }) => path);
  const quantised = names.filter((name) => name.endsWith(".gguf"));
  if (quantised.length)
    return new CorruptData(
      id,
      `it holds GGUF files (${quantised.slice(0, 4).join(", ")}${quantised.length > 4 ? " …" : ""})`,
      `Name one of them: model(${JSON.stringify(`${id}/${quantised[0]}`)}).`,
    );
  const { why, fix } = whyFolderIsNoModel(id, names) ?? {
    why: "it holds no model.safetensors",
    fix: "Take a repository that does.",
  };
  return new CorruptData(id, why, adapterBase(folder, id) ?? fix);
}

/** Explains how the adapter of a repository is loaded with its model. */
const adapterBase = (folder: string, id: string): string | undefined =>
  holdsAdapter(folder)
    ? whyFolderIsNoModel(folder, ["adapter_config.json"])?.fix.replace(JSON.stringify(folder), JSON.stringify(id))
    : undefined;

async function openPath(name: string, path: string): Promise<Checkpoint> {
  return statSync(path).isDirectory() ? openFolder(name, path) : openFile(name, path);
}

async function openFolder(name: string, path: string): Promise<Checkpoint> {
  const names = readdirSync(path);
  const has = (file: string) => names.includes(file);
  if (has("config.json") && (has(weightsFile) || has(indexFile))) return { ...openCheckpoint(path), name };
  // of a split file, the first part
  const quantised = names.filter((file) => file.endsWith(".gguf") && !(partsOfGguf(file)?.indexOf(file) ?? 0));
  if (quantised.length === 1) return openGguf(join(path, quantised[0]!), name);
  if (quantised.length > 1) throw new RangeError(`model: ${path} holds ${quantised.join(", ")}. Name one of them.`);
  const part = names.find((file) => file.endsWith(".gguf"));
  if (part !== undefined) return openGguf(join(path, part), name); // a later part alone: its reader reports it
  const reason = whyFolderIsNoModel(name, namesIn(path));
  if (reason) throw new CorruptData(path, reason.why, reason.fix);
  const stories = names.filter((file) => file.endsWith(".bin") && !file.startsWith("tok"));
  if (stories.length === 1) return openLlama2c(join(path, stories[0]!), name);
  const missing = names.length ? "it is missing" : "it is missing, for the folder is empty";
  throw new CorruptData(
    join(path, "config.json"),
    missing,
    "A checkpoint folder holds config.json, tokenizer.json and model.safetensors: name such a folder, a .gguf file " +
      "or a Hub id.",
  );
}

async function openFile(name: string, path: string): Promise<Checkpoint> {
  if (path.endsWith(".gguf")) return openGguf(path, name);
  if (basename(path) === weightsFile) return { ...openCheckpoint(dirname(path)), name };
  const reason = whyFileIsNoModel(name);
  if (reason) throw new CorruptData(path, reason.why, reason.fix);
  if (path.endsWith(".bin")) return openLlama2c(path, name);
  throw new CorruptData(
    path,
    "it is neither a .gguf nor a model.safetensors nor a .bin file",
    "Name the folder that holds config.json, or one of these files.",
  );
}
