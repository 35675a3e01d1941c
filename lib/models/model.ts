import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CorruptData } from "../core/errors";
import { snapshot, type HubOptions } from "../data/hub";
import { projectPath } from "../data/paths";
import { keepsBfloat16 } from "./backend/bfloat16";
import { useBackend } from "./backend/choose";
import { openCheckpoint, type Checkpoint } from "./checkpoint";
import { openGguf } from "./gguf";
import { openLlama2c } from "./llama2c";
import { expectRoom } from "./memory";
import { policyFrom, type Policy } from "./policy";
import { weightsFile } from "./sharded";
import { expectTrainingRoom, type TrainingPlan } from "./training-memory";

/** What is loaded from the hub: everything but weights in other formats. */
const hubFiles = ["config.json", "*.json", "*.jinja", "model*.safetensors"];
const adapterFiles = ["adapter_config.json", "adapter_model.safetensors"];

const hubId = /^[\w.-]+\/[\w.-]+$/;

/** How a model is loaded, besides where from. */
export interface ModelOptions extends HubOptions {
  readonly frozen?: "bf16"; // keeps the matrices as bfloat16, rounding what is not: half the memory, and only adapters can be trained
  readonly plan?: Partial<TrainingPlan>; // refuses beforehand unless this training fits into memory as well
  readonly adapter?: string; // a folder or Hub id of adapters that PEFT or this library wrote
}

/**
 * A language model by its Hub id (`"Qwen/Qwen2.5-0.5B-Instruct"`), from a folder in Hugging Face layout, or from a
 * .safetensors, .gguf or llama2.c's .bin file; a GGUF file of a Hub repository is `"owner/name/file.gguf"`. Quantised weights are
 * widened to float32. Chooses the backend if none has been.
 *
 * Throws RangeError, before it reads a weight, if there is less memory than the model needs, or if nothing is called
 * so; CorruptData naming the file and the array; SearchUnavailable if the hub does not answer. The caller disposes of it.
 */
export async function model(idOrPath: string, { frozen, plan, adapter, ...options }: ModelOptions = {}): Promise<Policy> {
  const backend = await useBackend();
  if (frozen !== undefined && frozen !== "bf16") throw new RangeError(`model: frozen is ${JSON.stringify(frozen)}; it may be "bf16".`);
  if (frozen && !keepsBfloat16()) throw new RangeError(`model: the ${backend.name} backend cannot keep bfloat16. Use native or wasm, or leave frozen out.`);
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
  const policy = policyFrom(checkpoint, frozen === "bf16");
  if (adapters === undefined) return policy;
  try {
    return policy.adapt(adapters);
  } finally {
    policy.dispose(); // the adapted one shares its weights
  }
}

/** The folder of adapters: on disk, or downloaded. */
async function findAdapter(idOrPath: string, options: HubOptions): Promise<string> {
  if (existsSync(projectPath(idOrPath)) || !hubId.test(idOrPath)) return idOrPath;
  return (await snapshot(idOrPath, adapterFiles, options)).folder;
}

/** Opens what `model` would load, and reads no weight: its caller closes the source. Throws as `model` does. */
export async function findCheckpoint(idOrPath: string, options: HubOptions = {}): Promise<Checkpoint> {
  const path = projectPath(idOrPath);
  if (existsSync(path)) return openPath(idOrPath, path);
  const [, repository, file] = /^([\w.-]+\/[\w.-]+)(?:\/(.+\.gguf))?$/.exec(idOrPath) ?? [];
  if (!repository) throw new RangeError(`model: there is no file or folder ${path}, and "${idOrPath}" is no Hub id. Write a path, or "owner/name".`);
  const { folder } = await snapshot(repository, file ? [file] : hubFiles, options);
  return file ? openGguf(join(folder, file), idOrPath) : { ...openCheckpoint(folder), name: idOrPath };
}

async function openPath(name: string, path: string): Promise<Checkpoint> {
  if (statSync(path).isDirectory()) {
    const quantised = readdirSync(path).filter((file) => file.endsWith(".gguf"));
    const stories = readdirSync(path).filter((file) => file.endsWith(".bin") && !file.startsWith("tok"));
    if (!existsSync(join(path, "config.json")) && quantised.length === 0 && stories.length === 1) return openLlama2c(join(path, stories[0]!), name);
    if (existsSync(join(path, "config.json")) || quantised.length === 0) return { ...openCheckpoint(path), name };
    if (quantised.length > 1) throw new RangeError(`model: ${path} holds ${quantised.join(", ")}. Name one of them.`);
    return openGguf(join(path, quantised[0]!), name);
  }
  if (path.endsWith(".gguf")) return openGguf(path, name);
  if (path.endsWith(".bin")) return openLlama2c(path, name);
  if (basename(path) === weightsFile) return { ...openCheckpoint(dirname(path)), name };
  throw new CorruptData(path, "it is neither a .gguf nor a model.safetensors nor a .bin file", "Name the folder that holds config.json, or one of these files.");
}
