import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CorruptData } from "../../../core/errors";
import type { ArraySource } from "../array-source";
import { openSafetensors } from "./safetensors";

/** What a checkpoint's weights are called: in one file, or in several with an index. */
export const weightsFile = "model.safetensors";
export const indexFile = "model.safetensors.index.json";

/**
 * The arrays of a Hugging Face folder: of model.safetensors, or of the shards that its index lists. Throws CorruptData.
 * The caller closes it.
 */
export function openFolder(folder: string): ArraySource {
  const [whole, index] = [join(folder, weightsFile), join(folder, indexFile)];
  return !existsSync(whole) && existsSync(index) ? openShards(folder, index) : openSafetensors(whole);
}

/** Opens all shards of an index. What the index lists and its shard lacks is missing: whoever needs it says so. */
function openShards(folder: string, index: string): ArraySource {
  const places = readIndex(index);
  const shards = new Map<string, ArraySource>();
  const close = () => shards.forEach((shard) => shard.close());
  try {
    for (const shard of new Set(places.values())) shards.set(shard, openSafetensors(join(folder, shard)));
    for (const [file, shard] of shards)
      for (const name of shard.names) if (!shards.get(places.get(name) ?? "")?.shapeOf(name)) places.set(name, file);
  } catch (error) {
    close();
    throw error;
  }
  return {
    file: index,
    names: [...places.keys()].filter((name) => shards.get(places.get(name)!)!.shapeOf(name)),
    shapeOf: (name) => shards.get(places.get(name) ?? "")?.shapeOf(name),
    read: (name, take) => shards.get(places.get(name)!)!.read(name, take),
    close,
  };
}

/** Which shard holds which array. */
function readIndex(file: string): Map<string, string> {
  const fault = (why: string, options?: ErrorOptions) =>
    new CorruptData(file, why, "Copy or download the checkpoint again.", options);
  let map: unknown;
  try {
    map = (JSON.parse(readFileSync(file, "utf8")) as { weight_map?: unknown } | null)?.weight_map;
  } catch (cause) {
    throw fault(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (typeof map !== "object" || map === null) throw fault("there is no weight_map");
  const places = new Map<string, string>();
  for (const [name, shard] of Object.entries(map as Record<string, unknown>)) {
    if (typeof shard !== "string" || shard !== basename(shard) || !shard.endsWith(".safetensors"))
      throw fault(`${name} is in ${JSON.stringify(shard)}; a shard is a .safetensors file of the same folder`);
    places.set(name, shard);
  }
  return places;
}
