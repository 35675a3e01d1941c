import { CorruptData } from "../../../core/errors";
import type { ModelType } from "../../decoder/architectures";
import { partSize, sizeOf, type ArraySource } from "../array-source";
import { fitting, type Checkpoint } from "../checkpoint";
import type { DecoderConfig } from "../../decoder/config";
import { blockFormats } from "./dequantise";
import { ggufConfig } from "./config";
import { layerNames, wholeNames } from "./names";
import { openGgufParts, type GgufEntry, type GgufParts } from "./parts";
import { ggufTokenizer } from "./tokenizer";
import { arraysOf } from "../../decoder/layout";

/**
 * Opens a GGUF file: config, tokenizer and weights under Hugging Face's names. Its head is read and checked; numbers
 * are read, and widened to float32, when they are asked for. Of a split file the first part is named, and the others
 * lie beside it. Throws CorruptData naming the array. The caller closes its source.
 */
export async function openGguf(file: string, name = file): Promise<Checkpoint> {
  const parts = await openGgufParts(file);
  try {
    const config = ggufConfig(file, parts, (array) => numbersOf(file, array, parts.entries.get(array)!));
    return {
      name,
      config,
      source: sourceOf(file, parts, config),
      tokenizer: () => fitting(file, ggufTokenizer(file, parts.metadata), config),
    };
  } catch (error) {
    parts.close();
    throw error;
  }
}

/** The arrays under Hugging Face's names. Throws CorruptData for one of the decoder that is not computed. */
function sourceOf(file: string, { entries, close }: GgufParts, config: DecoderConfig): ArraySource {
  const type: ModelType = config.model_type ?? "qwen2";
  const names = new Map<string, string>();
  const layerName = new Map(layerNames);
  for (const name of namesIn(entries, config)) {
    const [, l, part] = /^model\.layers\.(\d+)\.(.+)$/.exec(name) ?? [];
    names.set(name, part === undefined ? wholeName.get(name)! : `blk.${l}.${layerName.get(part)!}`);
  }
  const known = new Set(names.values());
  for (const [name, { shape }] of entries) {
    if (!known.has(name) && !tables.test(name))
      throw new CorruptData(
        file,
        `${name} [${shape}] is no part of the ${type} that its metadata describe, and would change what it computes`,
        "Take another GGUF file of this model, or a model of a kind that is read.",
      );
  }
  const entryOf = (name: string) => entries.get(names.get(name) ?? "");
  const heads = { q_proj: config.num_attention_heads, k_proj: config.num_key_value_heads };
  return {
    file,
    names: [...names.keys()].filter((name) => entryOf(name)),
    shapeOf: (name) => entryOf(name)?.shape,
    read(name, take) {
      const entry = entryOf(name)!;
      const projection = /\.([qk]_proj)\.weight$/.exec(name)?.[1] as keyof typeof heads | undefined;
      if (type !== "llama" || !projection) return widen(file, names.get(name)!, entry, take);
      take(halfSplit(numbersOf(file, names.get(name)!, entry), entry.shape as [number, number], heads[projection]), 0);
    },
    close,
  };
}

const wholeName = new Map(wholeNames);

/** Arrays that hold nothing which was learnt. */
const tables = /^(rope_freqs\.weight|(blk\.\d+\.)?attn_rot_embd(\.weight)?)$/;

/** Hugging Face's names of the arrays that a config asks for, up to the first layer of which the file has none. */
function* namesIn(entries: GgufParts["entries"], config: DecoderConfig): Generator<string> {
  for (const [name] of arraysOf(config)) {
    const layer = /^model\.layers\.(\d+)\.input_layernorm/.exec(name)?.[1];
    if (layer !== undefined && !entries.has(`blk.${layer}.attn_norm.weight`)) return;
    yield name;
  }
}

function numbersOf(file: string, name: string, entry: GgufEntry): Float32Array {
  const numbers = new Float32Array(sizeOf(entry.shape));
  widen(file, name, entry, (part, from) => numbers.set(part, from));
  return numbers;
}

/**
 * llama.cpp rotates neighbouring dimensions of a Llama, 2i and 2i + 1, and its files have the rows of queries and keys
 * in that order; Hugging Face's rotates i and i + D/2. The inverse of `permute` in llama.cpp's convert_hf_to_gguf.py.
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

function widen(
  file: string,
  name: string,
  { type, shape, from, ranged }: GgufEntry,
  take: (part: Float32Array, from: number) => void,
): void {
  const format = blockFormats.get(type);
  if (!format)
    throw new CorruptData(
      file,
      `${name} is of ggml type ${type}`,
      `${[...blockFormats.values()].map((each) => each.name).join(", ")} are read: take another quantisation of ` +
        "this model.",
    );
  const part = new Float32Array(partSize);
  const size = sizeOf(shape);
  const bytes = new Uint8Array((partSize / format.weights) * format.bytes);
  for (let done = 0; done < size; done += partSize) {
    const numbers = part.subarray(0, Math.min(partSize, size - done));
    format.widen(
      ranged.read(
        from + (done / format.weights) * format.bytes,
        (numbers.length / format.weights) * format.bytes,
        bytes,
      ),
      numbers,
    );
    take(numbers, done);
  }
}
