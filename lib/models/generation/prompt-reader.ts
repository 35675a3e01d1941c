import { tf } from "../../backend/tf";
import type { Decoding } from "./decoding/decoding";
import { selectRows, spreadRows, type KVCache } from "../decoder/kv-cache";
import { leftPad, type Padded } from "../decoder/padding";

/** The result of reading prompts: the state from which generation goes on. Axes as in Decoding. */
export interface Read {
  readonly logits: tf.Tensor2D; // [B, V] of the last column
  readonly caches: KVCache[]; // one per layer, [B, K, P, D] or with room behind these columns
  readonly padding: readonly number[]; // [B]
  readonly columns: number; // P
}

/** Reads the prompts of one generation. Their common prefix is read once. */
export interface PromptReader {
  /** The caller owns the logits and the caches. */
  read(prompts: readonly (readonly number[])[]): Read;
  dispose(): void;
}

/**
 * The least number of saved tokens for which a prefix is read separately: reading it costs the operations of one more
 * row.
 */
const leastSaved = 256;

/**
 * Reads each distinct prompt once and copies its cache for equal prompts, as when a group of responses is sampled for
 * each. A prefix that all prompts share, such as a system message and a template, is read once as a single row; the
 * rest of each prompt is read after it.
 *
 * @param all the prompts of the whole generation; `read` gets some of them at a time
 */
export function promptReader(decoding: Decoding, all: readonly (readonly number[])[], pad: number): PromptReader {
  const different = [...new Map(all.map((prompt) => [String(prompt), prompt])).values()];
  const S = commonBeginning(different);
  let prefix: readonly KVCache[] = []; // [1, K, S, D] each, maybe with room; read at the first call
  const shared = (different.length - 1) * S >= leastSaved;

  /** Reads distinct prompts, after their common prefix. */
  const readRest = ({ ids, padding }: Padded): ReturnType<Decoding["prefill"]> => {
    if (!shared) return decoding.prefill(ids, padding);
    if (!prefix.length) {
      const { logits, caches } = decoding.prefill([different[0]!.slice(0, S)], [0]);
      logits.dispose();
      prefix = caches;
    }
    return decoding.prefill(
      ids.map((row) => row.slice(S)),
      padding,
      spreadRows(prefix, padding, S),
    );
  };

  return {
    read(prompts) {
      const numbers = new Map<string, number>(); // number of each distinct prompt, in order of appearance
      const own = prompts.map(
        (prompt) => numbers.get(String(prompt)) ?? (numbers.set(String(prompt), numbers.size), numbers.size - 1),
      );
      const padded = leftPad(
        [...numbers.values()].map((number) => prompts[own.indexOf(number)]!),
        pad,
      );
      const { logits, caches } = readRest(padded);
      const padding = own.map((number) => padded.padding[number]!);
      if (numbers.size === prompts.length) return { logits, caches, padding, columns: padded.length };
      const rows = tf.tensor1d(own, "int32");
      const copied = {
        logits: tf.gather(logits, rows),
        caches: caches.map((cache) => selectRows(cache, rows, 0, padded.length)),
        padding,
        columns: padded.length,
      };
      tf.dispose([logits, rows]);
      return copied;
    },
    dispose: () => tf.dispose([...prefix]),
  };
}

/**
 * The length of the prefix that all prompts share. It excludes the last token of each prompt, so that something is left
 * to read.
 */
function commonBeginning([first = [], ...others]: readonly (readonly number[])[]): number {
  let length = first.length - 1;
  for (const other of others) {
    length = Math.min(length, other.length - 1);
    for (let t = 0; t < length; t++) if (other[t] !== first[t]) length = t;
  }
  return Math.max(0, length);
}
