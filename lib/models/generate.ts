import { throwIfAborted } from "../core/errors";
import { random } from "../core/random";
import type { Completion } from "../core/records";
import type { SamplingOptions } from "../core/roles";
import { tf } from "./backend/tf";
import { breathe } from "./breathe";
import type { DecoderConfig } from "./config";
import { eagerDecoding } from "./decoding";
import { selectRows } from "./kv-cache";
import { leftPad } from "./padding";
import type { RotaryTables } from "./rope";
import { argMax, sampleToken } from "./sampling";
import type { Tokenizer } from "./tokenizer";
import type { Weights } from "./weights";

/** Settings of one generation; SamplingOptions says what each means. */
const samplingDefaults = { maxTokens: 128, temperature: 1, topP: 1 };

/** Rows still being written, and where each belongs in the result. */
interface Row {
  readonly index: number;
  readonly padding: number;
  readonly tokens: number[];
  readonly logps: number[];
  readonly next: () => number; // the row's own uniform stream
}

/**
 * Samples one completion for each prompt, all in one batch with a KV cache. Rows that have ended leave the
 * batch once a third of it is done, so the tail of a batch is cheap.
 */
export async function generateBatch(
  weights: Weights,
  config: DecoderConfig,
  tokenizer: Tokenizer,
  rope: RotaryTables,
  prompts: readonly (readonly number[])[],
  options: SamplingOptions = {},
): Promise<Completion[]> {
  if (!prompts.length) return [];
  expectLengths(prompts, config.max_position_embeddings);
  const { maxTokens = samplingDefaults.maxTokens, temperature = samplingDefaults.temperature, topP = samplingDefaults.topP } = options;
  const rng = options.rng ?? random(0).fork("generate");
  const { ids, padding, length: P } = leftPad(prompts, tokenizer.pad);
  const all: Row[] = prompts.map((_, index) => ({ index, padding: padding[index]!, tokens: [], logps: [], next: rng.fork(index).next }));
  let live = all;
  const decoding = eagerDecoding(weights, config, rope);
  let { logits, caches } = decoding.prefill(ids, padding);
  try {
    for (let t = 0; t < maxTokens; t++) {
      throwIfAborted(options.signal, "generation");
      const chosen = await choose(logits, live, tokenizer.stops, temperature, topP);
      logits.dispose();
      const going = live.map((row, i) => ({ row, i })).filter(({ row }) => !ended(row, tokenizer.stops));
      if (!going.length || t === maxTokens - 1) break;
      let tokens = chosen;
      if (going.length <= (2 / 3) * live.length) {
        const rows = tf.tensor1d(going.map(({ i }) => i), "int32");
        caches = caches.map((cache) => selectRows(cache, rows));
        rows.dispose();
        tokens = going.map(({ i }) => chosen[i]!);
        live = going.map(({ row }) => row);
      }
      logits = decoding.next(tokens, P + t, live.map((row) => row.padding), caches);
      await breathe();
    }
  } finally {
    tf.dispose([logits, ...caches]);
  }
  return all.map((row) => {
    const { tokens, logps } = row;
    const finished = ended(row, tokenizer.stops);
    return { text: tokenizer.decode(finished ? tokens.slice(0, -1) : tokens), tokens, logps, finished };
  });
}

const ended = ({ tokens }: Row, stops: readonly number[]): boolean => tokens.length > 0 && stops.includes(tokens.at(-1)!);

/** Throws RangeError for a prompt that is empty, or longer than the model's context. */
function expectLengths(prompts: readonly (readonly number[])[], context: number): void {
  for (const [row, { length }] of prompts.entries()) {
    if (length === 0) throw new RangeError(`generate: prompt ${row} has no tokens. Begin it with the model's own beginning-of-text token.`);
    if (length > context) throw new RangeError(`generate: prompt ${row} has ${length} tokens, past the model's ${context}. Shorten the prompt or maxTokens.`);
  }
}

/** Picks a token for each row and records it with its log-probability; rows that have ended repeat their end. */
async function choose(logits: tf.Tensor2D, live: readonly Row[], stops: readonly number[], temperature: number, topP: number): Promise<number[]> {
  const V = logits.shape[1];
  const softened = tf.tidy(() => tf.softmax(temperature === 0 || temperature === 1 ? logits : tf.div(logits, temperature)) as tf.Tensor2D);
  const plain = temperature === 0 || temperature === 1 ? softened : tf.tidy(() => tf.softmax(logits) as tf.Tensor2D);
  const probabilities = (await softened.data()) as Float32Array;
  const untempered = plain === softened ? probabilities : ((await plain.data()) as Float32Array);
  tf.dispose([softened, plain]);
  return live.map((row, i) => {
    const own = probabilities.subarray(i * V, (i + 1) * V);
    if (ended(row, stops)) return row.tokens.at(-1)!;
    const token = temperature === 0 ? argMax(own) : sampleToken(own, row.next(), topP);
    row.tokens.push(token);
    row.logps.push(Math.log(untempered[i * V + token]!));
    return token;
  });
}
