import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CorruptData } from "../core/errors";
import { snapshot, type HubOptions } from "../data/hub";
import { projectPath } from "../data/paths";
import { useBackend } from "./backend/choose";
import { openCheckpoint, type Checkpoint } from "./checkpoint";
import { openGguf } from "./gguf";
import { expectRoom } from "./memory";
import { policyFrom, type Policy } from "./policy";
import { weightsFile } from "./sharded";

/** What is loaded from the hub: everything but weights in other formats. */
const hubFiles = ["config.json", "*.json", "*.jinja", "model*.safetensors"];

/**
 * A language model by its Hub id (`"Qwen/Qwen2.5-0.5B-Instruct"`), from a folder in Hugging Face layout, or from a
 * .safetensors or .gguf file; a GGUF file of a Hub repository is `"owner/name/file.gguf"`. Quantised weights are
 * widened to float32. Chooses the backend if none has been.
 *
 * Throws RangeError, before it reads a weight, if there is less memory than the model needs, or if nothing is called
 * so; CorruptData naming the file and the array; SearchUnavailable if the hub does not answer. The caller disposes of it.
 */
export async function model(idOrPath: string, options: HubOptions = {}): Promise<Policy> {
  const backend = await useBackend();
  const checkpoint = await findCheckpoint(idOrPath, options);
  try {
    expectRoom(idOrPath, checkpoint.config, backend);
  } catch (error) {
    checkpoint.source.close();
    throw error;
  }
  return policyFrom(checkpoint);
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
    if (existsSync(join(path, "config.json")) || quantised.length === 0) return { ...openCheckpoint(path), name };
    if (quantised.length > 1) throw new RangeError(`model: ${path} holds ${quantised.join(", ")}. Name one of them.`);
    return openGguf(join(path, quantised[0]!), name);
  }
  if (path.endsWith(".gguf")) return openGguf(path, name);
  if (basename(path) === weightsFile) return { ...openCheckpoint(dirname(path)), name };
  throw new CorruptData(path, "it is neither a .gguf nor a model.safetensors file", "Name the folder that holds config.json, or one of these files.");
}
