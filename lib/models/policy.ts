import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptData } from "../core/errors";
import { random } from "../core/random";
import type { Sampler } from "../core/roles";
import { writeAtomic } from "../core/atomic";
import { projectPath } from "../data/paths";
import { tf } from "./backend/tf";
import type { Batch, Sequence } from "./batch";
import { batchOf } from "./batch";
import { fromHuggingFace, toHuggingFace, type DecoderConfig } from "./config";
import { generateBatch } from "./generate";
import { rotaryTables, type RotaryTables } from "./rope";
import { readSafetensors, writeSafetensors } from "./safetensors";
import { tokenLogps } from "./token-logps";
import { readTokenizer, type Tokenizer } from "./tokenizer";
import { frozen, fromArrays, initialWeights, namedTensors, toArrays, trainable, variablesOf, type Weights } from "./weights";

/** A language model that can be sampled from, measured and trained. */
export interface Policy extends Sampler {
  readonly config: DecoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: Weights;
  readonly rope: RotaryTables;
  readonly parameters: number; // trainable numbers
  readonly variables: tf.Variable[];
  batch(sequences: readonly Sequence[], responseLength?: number): Batch;
  /** [B, R] log π of each response token and entropy, nats. Differentiable; the caller owns both. */
  tokenLogps(batch: Batch, temperature?: number): { logps: tf.Tensor2D; entropy: tf.Tensor2D };
  /** A copy that later training leaves alone: a reference policy. The caller disposes of it. */
  freeze(): Policy;
  /** Writes config.json, tokenizer.json and model.safetensors, as transformers reads them. */
  save(folder: string, dtype?: "F32" | "BF16"): void;
  dispose(): void;
}

/** Assembles a policy. Takes ownership of `weights`. */
export function policyOf(name: string, weights: Weights, config: DecoderConfig, tokenizer: Tokenizer): Policy {
  const rope = rotaryTables(config.max_position_embeddings, config.head_dim, config.rope_theta);
  const G = config.num_attention_heads / config.num_key_value_heads;
  return {
    name, config, tokenizer, weights, rope,
    parameters: namedTensors(weights).reduce((sum, [, tensor]) => sum + tensor.size, 0),
    get variables() {
      return variablesOf(weights);
    },
    batch: (sequences, responseLength) => batchOf(sequences, tokenizer.pad, G, responseLength),
    tokenLogps: (batch, temperature) => tokenLogps(weights, config, batch, rope, temperature),
    generate: (prompts, options) => generateBatch(weights, config, tokenizer, rope, prompts.map((prompt) => tokenizer.encode(prompt)), options),
    freeze: () => policyOf(`${name} (frozen)`, trainable(frozen(weights)), config, tokenizer),
    save(path, dtype = "F32") {
      const folder = projectPath(path);
      mkdirSync(folder, { recursive: true });
      writeAtomic(join(folder, "tokenizer.json"), JSON.stringify(tokenizer.json));
      writeAtomic(join(folder, "config.json"), `${JSON.stringify(toHuggingFace(config, tokenizer), null, 2)}\n`);
      writeSafetensors(join(folder, "model.safetensors"), toArrays(weights, config), dtype);
    },
    dispose() {
      tf.dispose(namedTensors(weights).map(([, tensor]) => tensor));
      rope.dispose();
    },
  };
}

/** An untrained policy, its weights drawn from `seed`. The caller disposes of it. */
export const untrained = (config: DecoderConfig, tokenizer: Tokenizer, seed: number): Policy =>
  policyOf("untrained", trainable(initialWeights(config, random(seed).fork("weights"))), config, tokenizer);

/** Reads a Qwen2 checkpoint in Hugging Face layout. Throws CorruptData naming the file. The caller disposes of it. */
export function qwen2(folder: string): Policy {
  const { config, arrays, file } = readCheckpoint(folder);
  const tokenizerFile = join(projectPath(folder), "tokenizer.json");
  const tokenizer = readTokenizer(tokenizerFile);
  if (tokenizer.size > config.vocab_size) throw new CorruptData(tokenizerFile, `it has ${tokenizer.size} tokens, config.json ${config.vocab_size}`, "Use the tokenizer saved with these weights.");
  return policyOf(folder, trainable(fromArrays(file, arrays, config)), config, tokenizer);
}

/** config.json and the arrays of model.safetensors. */
export function readCheckpoint(path: string): { config: DecoderConfig; arrays: ReturnType<typeof readSafetensors>; file: string } {
  const folder = projectPath(path);
  const configFile = join(folder, "config.json");
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(configFile, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new CorruptData(configFile, cause instanceof Error ? cause.message : String(cause), "A checkpoint folder holds config.json, tokenizer.json and model.safetensors.", { cause });
  }
  const file = join(folder, "model.safetensors");
  return { config: fromHuggingFace(configFile, json), arrays: readSafetensors(file), file };
}
