import { join } from "node:path";
import { CorruptData } from "../core/errors";
import { writeAtomic } from "../core/files/atomic";
import { projectPath } from "../data/paths";
import { tf } from "../backend/tf";
import { readAdapter, holdsAdapter, writeAdapter } from "./checkpoints/peft/adapter-files";
import { architectures } from "./decoder/architectures";
import { readArray, type NamedArray } from "./checkpoints/array-source";
import type { Batch } from "./decoder/batch";
import { openCheckpoint } from "./checkpoints/checkpoint";
import type { Decoder, Network } from "./decoder/decoder-record";
import { modelTypeOf, toHuggingFace, type DecoderConfig } from "./decoder/config";
import { lazyArrays } from "./checkpoints/write-weights";
import { loadWeights } from "./checkpoints/read-weights";
import type { Policy } from "./policy";
import { rotaryTablesOf } from "./decoder/rope";
import { writeSafetensors } from "./checkpoints/safetensors/safetensors";
import { responseHidden, type PassOptions } from "./decoder/token-logps";
import { frozen, snapshot, tensorsOf, trainable, variableFrom, variablesOf } from "./decoder/weights";

/**
 * Estimates the return of an unfinished response. It is a separate decoder with one output, as verl's
 * AutoModelForTokenClassification (reference §4.4, step 4).
 */
export interface Critic {
  readonly variables: tf.Variable[];
  /** [B, R] the value before each response token, in reward units. Differentiable; the caller owns it. */
  values(batch: Batch, options?: PassOptions): tf.Tensor2D;
  /** Writes its weights into `folder`, atomically. Throws the error of the file system. */
  save(folder: string, dtype?: "F32" | "BF16"): void;
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

type Head = { weight: tf.Tensor2D; bias: tf.Tensor1D }; // [C, 1], [1]

function criticOf(base: string, { weights, config, tokenizer }: Omit<Decoder, "rope">, head: Head): Critic {
  const rope = rotaryTablesOf(config);
  const network: Network = { weights, config, rope };
  return {
    get variables() {
      return [...variablesOf(weights), head.weight as tf.Variable<tf.Rank.R2>, head.bias as tf.Variable<tf.Rank.R1>];
    },
    values: (batch, options) =>
      tf.tidy(
        () =>
          tf
            .add(tf.matMul(responseHidden(network, batch, options), head.weight), head.bias)
            .reshape([batch.ids.shape[0], batch.responseLength]) as tf.Tensor2D,
      ),
    save(path, dtype = "F32") {
      const folder = projectPath(path);
      const shapes = headShapes(config);
      const score = {
        "score.weight": { shape: shapes["score.weight"], data: head.weight.dataSync() as Float32Array },
        "score.bias": { shape: shapes["score.bias"], data: head.bias.dataSync() as Float32Array },
      };
      if (weights.adapter)
        return writeAdapter(folder, weights.adapter, config, { base, taskType: "TOKEN_CLS", head: score }, dtype);
      const json = {
        ...toHuggingFace(config, tokenizer, dtype),
        architectures: [`${architectures[modelTypeOf(config)].className}ForTokenClassification`],
        num_labels: 1,
      };
      writeAtomic(join(folder, "config.json"), `${JSON.stringify(json, null, 2)}\n`);
      writeSafetensors(join(folder, "model.safetensors"), { ...lazyArrays(weights, config), ...score }, dtype);
    },
    dispose() {
      tf.dispose([...tensorsOf(weights), head.weight, head.bias]);
      rope.dispose();
    },
  };
}

/** Shapes of the critic's own arrays, under the names of transformers' token classifiers. */
const headShapes = ({ hidden_size: C }: DecoderConfig) => ({ "score.weight": [1, C], "score.bias": [1] });

const headFrom = (arrays: Readonly<Record<"score.weight" | "score.bias", NamedArray>>): Head =>
  ({
    weight: variableFrom(tf.tensor2d(arrays["score.weight"].data, [arrays["score.weight"].data.length, 1])),
    bias: variableFrom(tf.tensor1d(arrays["score.bias"].data)),
  }) as Head;

/** The policy's decoder without its output projection, since a critic predicts no token. */
function bodyOf({
  weights: { head: _, ...weights },
  config: { tie_word_embeddings: __, ...config },
  tokenizer,
}: Policy): Omit<Decoder, "rope"> {
  return { weights, config, tokenizer };
}

/**
 * A critic on a copy of the policy's decoder. Its head is zero, so it predicts 0 until it is trained. If the policy has
 * adapters, the critic has adapters too, and both share the frozen weights. The caller disposes of it.
 */
export function criticFrom(policy: Policy): Critic {
  const body = bodyOf(policy);
  const head = {
    weight: variableFrom(tf.zeros([body.config.hidden_size, 1])),
    bias: variableFrom(tf.zeros([1])),
  } as Head;
  return criticOf(policy.name, { ...body, weights: snapshot(body.weights) }, head);
}

/**
 * Reads a critic that `save` wrote. If the critic has adapters, the other weights are the policy's. Throws CorruptData.
 * The caller disposes of it.
 */
export function readCritic(folder: string, policy: Policy): Critic {
  if (holdsAdapter(folder)) {
    const body = bodyOf(policy);
    const { adapter, head } = readAdapter(folder, body.config, headShapes(body.config));
    return criticOf(
      policy.name,
      { ...body, weights: { ...frozen(body.weights), adapter } },
      headFrom(head as Parameters<typeof headFrom>[0]),
    );
  }
  const { config, source } = openCheckpoint(folder);
  try {
    for (const [name, shape] of Object.entries(headShapes(config))) {
      const found = source.shapeOf(name);
      if (!found)
        throw new CorruptData(
          source.file,
          "score.weight or score.bias is missing",
          "This is not a critic: train one with coldstart, or leave it out.",
        );
      if (String(found) !== String(shape))
        throw new CorruptData(
          source.file,
          `${name} is [${found}]; config.json promises [${shape}]`,
          "Use the config.json saved with these weights.",
        );
    }
    const weights = trainable(loadWeights(source, config));
    return criticOf(
      policy.name,
      { weights, config, tokenizer: policy.tokenizer },
      headFrom({ "score.weight": readArray(source, "score.weight"), "score.bias": readArray(source, "score.bias") }),
    );
  } finally {
    source.close();
  }
}
