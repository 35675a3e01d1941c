import { CorruptData } from "../core/errors";
import { isModelType, type ModelType } from "./architectures";
import { partSize, sizeOf, type ArraySource } from "./array-source";
import { fitting, type Checkpoint } from "./checkpoint";
import type { DecoderConfig } from "./config";
import { fromHuggingFace } from "./config-json";
import { blockFormats } from "./dequantise";
import { layerNames, wholeNames } from "./gguf-names";
import { ggufTokenizer } from "./gguf-tokenizer";
import { openRanged, type RangedFile } from "./ranged-file";
import { llama3Scaling } from "./rope-scaling";

/** What @huggingface/gguf makes of a file's head. */
type Head = { metadata: Record<string, unknown>; tensorInfos: readonly { name: string; shape: readonly bigint[]; dtype: number; offset: bigint }[]; tensorDataOffset: bigint };

/** An array in the file, in Hugging Face's order of axes. */
interface Entry {
  readonly type: number;
  readonly shape: readonly number[];
  readonly from: number; // first byte, from the beginning of the file
}

/**
 * Opens a GGUF file: config, tokenizer and weights under Hugging Face's names. Its head is read and checked; numbers
 * are read, and widened to float32, when they are asked for. Throws CorruptData naming the array.
 * The caller closes its source.
 */
export async function openGguf(file: string, name = file): Promise<Checkpoint> {
  const ranged = openRanged(file);
  try {
    const { metadata, tensorInfos, tensorDataOffset } = await readHead(file);
    const entries = checked(file, tensorInfos, Number(tensorDataOffset), ranged.size);
    const config = configOf(file, metadata, entries, ranged);
    return {
      name,
      config,
      source: sourceOf(file, ranged, entries, config),
      tokenizer: () => fitting(file, ggufTokenizer(file, metadata), config),
    };
  } catch (error) {
    ranged.close();
    throw error;
  }
}

async function readHead(file: string): Promise<Head> {
  const { gguf } = await import("@huggingface/gguf");
  try {
    return (await gguf(file, { allowLocalFile: true })) as unknown as Head;
  } catch (cause) {
    throw new CorruptData(file, `its head cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, "Copy or download the file again.", { cause });
  }
}

/** Where each array lies, checked to lie within the file and apart from the others. */
function checked(file: string, infos: Head["tensorInfos"], start: number, size: number): Map<string, Entry> {
  const fault = (why: string) => new CorruptData(file, why, "Copy or download the file again.");
  const places: { name: string; from: number; to: number }[] = [];
  const entries = new Map<string, Entry>();
  for (const { name, shape: reversed, dtype: type, offset } of infos) {
    const shape = [...reversed].reverse().map(Number);
    const format = blockFormats.get(type);
    const rows = shape.at(-1) ?? 1;
    if (entries.has(name)) throw fault(`${JSON.stringify(name.slice(0, 100))} is there twice`);
    if (format && rows % format.weights !== 0) throw fault(`${name} [${shape}] is ${format.name}, of which a row takes a multiple of ${format.weights}`);
    const bytes = format ? (sizeOf(shape) / format.weights) * format.bytes : 0; // of formats that are not read, only where they begin is checked
    const from = start + Number(offset);
    if (!(from + bytes <= size)) throw fault(`${name} ends at byte ${from + bytes}, the file has ${size}: it is truncated`);
    entries.set(name, { type, shape, from });
    places.push({ name, from, to: from + bytes });
  }
  places.sort((a, b) => a.from - b.from || a.to - b.to);
  for (let i = 1; i < places.length; i++) {
    const [before, own] = [places[i - 1]!, places[i]!];
    if (own.from < before.to) throw fault(`${own.name} begins at byte ${own.from}, inside of ${before.name}, which ends at ${before.to}: they overlap`);
  }
  return entries;
}

/** The config that a file's metadata describe, checked as a config.json is. */
function configOf(file: string, metadata: Record<string, unknown>, entries: ReadonlyMap<string, Entry>, ranged: RangedFile): DecoderConfig {
  const type = metadata["general.architecture"];
  if (!isModelType(type)) throw new CorruptData(file, `general.architecture is ${JSON.stringify(type)}`, "This loader reads llama, qwen2 and qwen3.");
  const of = (key: string) => whole(metadata[`${type}.${key}`]);
  const kind = of("rope.scaling.type");
  if (kind !== undefined && kind !== "none") throw new CorruptData(file, `rope.scaling.type is ${JSON.stringify(kind)}`, "This decoder computes unscaled frequencies, and Llama 3's.");
  const tokens = metadata["tokenizer.ggml.tokens"];
  const theta = of("rope.freq_base") ?? 10000;
  const config = fromHuggingFace(file, {
    model_type: type,
    vocab_size: entries.get("token_embd.weight")?.shape[0] ?? (Array.isArray(tokens) ? tokens.length : undefined),
    hidden_size: of("embedding_length"),
    num_hidden_layers: of("block_count"),
    num_attention_heads: of("attention.head_count"),
    num_key_value_heads: of("attention.head_count_kv"),
    head_dim: of("attention.key_length"),
    intermediate_size: of("feed_forward_length"),
    rms_norm_eps: of("attention.layer_norm_rms_epsilon"),
    rope_theta: theta,
    max_position_embeddings: of("context_length"),
    tie_word_embeddings: !entries.has("output.weight"),
  });
  const factors = entries.get("rope_freqs.weight");
  if (!factors) return config;
  const numbers = new Float32Array(sizeOf(factors.shape));
  widen(file, "rope_freqs.weight", factors, ranged, (part, from) => numbers.set(part, from));
  const scaling = llama3Scaling(numbers, config.rope_theta);
  if (!scaling || numbers.length !== config.head_dim / 2) throw new CorruptData(file, "rope_freqs.weight holds factors that no Llama 3 scaling gives", "Take the model in Hugging Face layout.");
  return { ...config, rope_scaling: scaling };
}

/** The arrays under Hugging Face's names. */
function sourceOf(file: string, ranged: RangedFile, entries: ReadonlyMap<string, Entry>, config: DecoderConfig): ArraySource {
  const type: ModelType = config.model_type ?? "qwen2";
  const names = new Map<string, string>(wholeNames);
  for (let l = 0; l < config.num_hidden_layers; l++) for (const [ours, theirs] of layerNames) names.set(`model.layers.${l}.${ours}`, `blk.${l}.${theirs}`);
  const entryOf = (name: string) => entries.get(names.get(name) ?? "");
  const heads = { q_proj: config.num_attention_heads, k_proj: config.num_key_value_heads };
  return {
    file,
    names: [...names.keys()].filter((name) => entryOf(name)),
    shapeOf: (name) => entryOf(name)?.shape,
    read(name, take) {
      const entry = entryOf(name)!;
      const projection = /\.([qk]_proj)\.weight$/.exec(name)?.[1] as keyof typeof heads | undefined;
      if (type !== "llama" || !projection) return widen(file, names.get(name)!, entry, ranged, take);
      const whole = new Float32Array(sizeOf(entry.shape));
      widen(file, names.get(name)!, entry, ranged, (part, from) => whole.set(part, from));
      take(halfSplit(whole, entry.shape as [number, number], heads[projection]), 0);
    },
    close: ranged.close,
  };
}

/**
 * llama.cpp rotates neighbouring dimensions of a Llama, 2i and 2i + 1, and its files have the rows of queries and keys in
 * that order; Hugging Face's rotates i and i + D/2. The inverse of `permute` in llama.cpp's convert_hf_to_gguf.py.
 */
export function halfSplit(data: Float32Array, [rows, columns]: readonly [number, number], heads: number): Float32Array {
  const D = rows / heads;
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [head, d] = [Math.floor(row / D), row % D];
    const source = head * D + (d < D / 2 ? 2 * d : 2 * (d - D / 2) + 1);
    result.set(data.subarray(source * columns, (source + 1) * columns), row * columns);
  }
  return result;
}

function widen(file: string, name: string, { type, shape, from }: Entry, ranged: RangedFile, take: (part: Float32Array, from: number) => void): void {
  const format = blockFormats.get(type);
  if (!format) throw new CorruptData(file, `${name} is of ggml type ${type}`, `${[...blockFormats.values()].map((each) => each.name).join(", ")} are read: take another quantisation of this model.`);
  const part = new Float32Array(partSize);
  const size = sizeOf(shape);
  const bytes = new Uint8Array((partSize / format.weights) * format.bytes);
  for (let done = 0; done < size; done += partSize) {
    const numbers = part.subarray(0, Math.min(partSize, size - done));
    format.widen(ranged.read(from + (done / format.weights) * format.bytes, (numbers.length / format.weights) * format.bytes, bytes), numbers);
    take(numbers, done);
  }
}

/** A 64-bit count as a number. */
const whole = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);
