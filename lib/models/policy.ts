import { inspect } from "node:util";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { random } from "../core/random";
import type { Completion } from "../core/records";
import type { Sampler } from "../core/roles";
import { writeAtomic } from "../core/files/atomic";
import { projectPath } from "../data/paths";
import { tf } from "../backend/tf";
import type { Batch, Sequence } from "./decoder/batch";
import { batchOf } from "./decoder/batch";
import { adapterSize, initialAdapter, merged } from "./decoder/adapter";
import { readAdapter, writeAdapter } from "./checkpoints/peft/adapter-files";
import { openCheckpoint, type Checkpoint } from "./checkpoints/checkpoint";
import type { Decoder } from "./decoder/decoder-record";
import { toHuggingFace, type DecoderConfig } from "./decoder/config";
import { generateBatch, generateStream } from "./generation/generate";
import { lazyArrays } from "./checkpoints/write-weights";
import { loadWeights } from "./checkpoints/read-weights";
import { loraConfig, type LoraConfig } from "./decoder/lora-config";
import type { Adapter } from "./decoder/low-rank";
import { policyFacts } from "./decoder/policy-facts";
import { rotaryTablesOf } from "./decoder/rope";
import type { GenerationOptions } from "./generation/sampling-options";
import { writeSafetensors } from "./checkpoints/safetensors/safetensors";
import { tokenLogps, type PassOptions } from "./decoder/token-logps";
import type { Tokenizer } from "./tokenizers/tokenizer";
import { frozen, snapshot, tensorsOf, trainable, variablesOf } from "./decoder/weights";
import { initialWeights } from "./decoder/initial-weights";

/** A language model that can be sampled from, measured and trained. */
export interface Policy extends Sampler, Decoder {
  readonly parameters: number; // trainable numbers
  readonly variables: tf.Variable[];
  /** What it has imitated since it was loaded, a line for each run of `sft`. It may know other prompts since then. */
  readonly lessons: string[];
  /** Generates completions as a Sampler does. `batch` limits how many are generated at once. */
  generate(prompts: readonly string[], options?: GenerationOptions): Promise<readonly Completion[]>;
  /**
   * Yields one completion in pieces of text while it is generated, and returns its record, equal to that of `generate`.
   */
  stream(prompt: string, options?: GenerationOptions): AsyncGenerator<string, Completion, void>;
  /** Throws RangeError for a sequence that is longer than the model's context. */
  batch(sequences: readonly Sequence[], responseLength?: number): Batch;
  /** The number of tokens that the model's context leaves for a response to `prompt`. */
  room(prompt: string): number;
  /** [B, R] log π of each response token and entropy, nats. Differentiable; the caller owns both. */
  tokenLogps(batch: Batch, temperature?: number, options?: PassOptions): { logps: tf.Tensor2D; entropy: tf.Tensor2D };
  /**
   * A frozen copy, which later training does not change: a reference policy. It shares the memory of all tensors that
   * training has not changed. The caller disposes of it.
   */
  freeze(): Policy;
  /**
   * This policy with low-rank adapters; training then changes the adapters alone. `how` has the settings of new
   * adapters, which change nothing until they are trained, or names a folder of adapters that PEFT or `save` wrote. The
   * result shares the memory of the present weights and keeps them, even if this policy is trained or disposed of.
   * Throws RangeError if the policy has adapters already, CorruptData naming the file. The caller disposes of it.
   */
  adapt(how?: Partial<LoraConfig> | string): Policy;
  /**
   * A policy without adapters, whose changes are added to the weights. All weights are float32 and trainable. The
   * caller disposes of it.
   */
  merge(): Policy;
  /**
   * Writes config.json, tokenizer.json with its companion files, and model.safetensors, as transformers reads them. A
   * policy with adapters writes only these, as PEFT reads them: adapter_config.json and adapter_model.safetensors.
   */
  save(folder: string, dtype?: "F32" | "BF16"): void;
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

/** Token ids as config.json has them: a list if there are several, else a number. */
const tokenIds = ({ stops, pad, bos }: Tokenizer) => ({ eos: stops.length > 1 ? stops : (stops[0] ?? null), pad, bos });

/** Throws RangeError for a sequence that is longer than the model's context. */
function expectWithin(sequences: readonly Sequence[], context: number): void {
  for (const [i, { prompt, response }] of sequences.entries()) {
    const length = prompt.length + response.length;
    if (length > context)
      throw new RangeError(
        `batch: sequence ${i} has ${length} tokens (${prompt.length} of its prompt), past the model's ${context}. ` +
          "Shorten the prompt or the response.",
      );
  }
}

/** Returns `prompts`. Throws TypeError unless they are a list of texts. */
function expectTexts(prompts: readonly string[]): readonly string[] {
  if (!Array.isArray(prompts))
    throw new TypeError(
      `generate: the prompts are ${JSON.stringify(prompts)?.slice(0, 60) ?? String(prompts)}; they must be a list ` +
        "of texts, [prompt].",
    );
  const wrong = prompts.findIndex((prompt) => typeof prompt !== "string");
  if (wrong >= 0)
    throw new TypeError(
      `generate: prompt ${wrong} is ${JSON.stringify(prompts[wrong])?.slice(0, 60) ?? String(prompts[wrong])}; it ` +
        "must be a text.",
    );
  return prompts;
}

/** Assembles a policy with rotary tables of its own. Takes ownership of `weights`. */
export function policyOf(
  name: string,
  parts: Omit<Decoder, "rope"> & { readonly lessons?: readonly string[] },
): Policy {
  const { weights, config, tokenizer } = parts;
  const lessons = [...(parts.lessons ?? [])];
  const rope = rotaryTablesOf(config);
  const decoder: Decoder = { weights, config, tokenizer, rope };
  const { adapter } = weights;
  const parameters = adapter
    ? adapterSize(config, adapter.lora)
    : variablesOf(weights).reduce((sum, { size }) => sum + size, 0);
  const policy: Policy = {
    name,
    ...decoder,
    parameters,
    lessons,
    about: () => ({
      ...policyFacts(weights, parameters),
      ...(lessons.length > 0 && { imitated: lessons.join("; ") }),
    }),
    get variables() {
      return variablesOf(weights);
    },
    batch(sequences, responseLength) {
      expectWithin(sequences, config.max_position_embeddings);
      return batchOf(sequences, tokenizer.pad, responseLength);
    },
    room: (prompt) => Math.max(0, config.max_position_embeddings - tokenizer.encode(prompt).length),
    tokenLogps: (batch, temperature, options) => tokenLogps(decoder, batch, temperature, options),
    generate: async (prompts, options) =>
      generateBatch(
        decoder,
        expectTexts(prompts).map((prompt) => tokenizer.encode(prompt)),
        options,
      ),
    stream: (prompt, options) => generateStream(decoder, tokenizer.encode(expectTexts([prompt])[0]!), options),
    freeze: () => policyOf(`${name} (frozen)`, { ...decoder, lessons, weights: snapshot(weights) }),
    adapt(how = {}) {
      if (adapter) throw new RangeError(`adapt: ${name} has adapters already. Train those, or merge() them first.`);
      return policyOf(name, { ...decoder, lessons, weights: { ...frozen(weights), adapter: adapterOf(how, config) } });
    },
    merge: () => policyOf(name, { ...decoder, lessons, weights: trainable(merged(weights)) }),
    save(path, dtype = "F32") {
      if (adapter) return writeAdapter(path, adapter, config, { base: name, taskType: "CAUSAL_LM" }, dtype);
      const folder = projectPath(path);
      mkdirSync(folder, { recursive: true });
      writeAtomic(join(folder, "tokenizer.json"), JSON.stringify(tokenizer.json));
      for (const [name, text] of Object.entries(tokenizer.files)) writeAtomic(join(folder, name), text);
      writeAtomic(
        join(folder, "config.json"),
        `${JSON.stringify(toHuggingFace(config, tokenIds(tokenizer), dtype), null, 2)}\n`,
      );
      writeSafetensors(join(folder, "model.safetensors"), lazyArrays(weights, config), dtype);
    },
    dispose() {
      tf.dispose(tensorsOf(weights));
      rope.dispose();
    },
  };
  return Object.defineProperty(policy, inspect.custom, { value: () => described(policy), enumerable: false });
}

/** Prints a policy as one line instead of its thousands of tensors. */
function described({ name, config, parameters, weights }: Policy): string {
  const millions =
    parameters >= 1e6 ? `${Number((parameters / 1e6).toPrecision(3))} million` : parameters.toLocaleString("en");
  return (
    `policy ${name}: ${config.model_type ?? "qwen2"}, ${millions} ` +
    `parameters${weights.adapter ? " in adapters" : ""}, ${config.num_hidden_layers} layers of width ` +
    `${config.hidden_size}, vocabulary ${config.vocab_size}, context ${config.max_position_embeddings} tokens`
  );
}

/** New adapters, or those of a folder. */
const adapterOf = (how: Partial<LoraConfig> | string, config: DecoderConfig): Adapter => {
  if (typeof how === "string") return readAdapter(how, config).adapter;
  const lora = loraConfig(how);
  return initialAdapter(config, lora, random(lora.seed).fork("lora"));
};

/** An untrained policy, its weights drawn from `seed`. The caller disposes of it. */
export const untrained = (config: DecoderConfig, tokenizer: Tokenizer, seed: number): Policy =>
  policyOf("untrained", {
    weights: trainable(initialWeights(config, random(seed).fork("weights"))),
    config,
    tokenizer,
  });

/**
 * Loads an opened checkpoint and closes it. Its notes become warnings of the process. Throws CorruptData naming the
 * file. The caller disposes of the policy.
 *
 * @param half keeps matrices as bfloat16, in half the memory: such a policy can be adapted, but not trained as a whole
 */
export function policyFrom({ name, config, source, tokenizer, notes = [] }: Checkpoint, half = false): Policy {
  try {
    for (const note of notes) process.emitWarning(note, "CheckpointWarning");
    const own = tokenizer(); // read before the weights, so that a bad tokenizer is reported at once
    const weights = loadWeights(source, config, half);
    return policyOf(name, { weights: half ? weights : trainable(weights), config, tokenizer: own });
  } finally {
    source.close();
  }
}

/**
 * Reads a checkpoint in Hugging Face layout from a folder. Throws CorruptData naming the file. The caller disposes of
 * it.
 */
export const qwen2 = (folder: string): Policy => policyFrom(openCheckpoint(folder));
