import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Problem } from "../lib/core/records";
import type { Task } from "../lib/core/roles";
import { tf } from "../lib/backend/tf";
import { trainBpe } from "../lib/models/tokenizers/bpe";
import type { DecoderConfig } from "../lib/models/decoder/config";
import { untrained, type Policy } from "../lib/models/policy";
import { tokenizerFrom } from "../lib/models/tokenizers/tokenizer";
import { skip } from "./skip";

/** A vocabulary of 300: 256 bytes, 37 merges, 7 markers. */
export const tinyTokenizer = tokenizerFrom(
  trainBpe(Array<string>(2).fill("the cat sat on the mat and the hat, aspirin for stroke or for heart attack"), 300),
);

export const tinyConfig: DecoderConfig = {
  vocab_size: 300,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  intermediate_size: 24,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  max_position_embeddings: 64,
};

/**
 * A deterministic policy of 7,000 parameters. Its weights are drawn far wider than an untrained policy's, so
 * that attention, positions and tokens all matter; with biases at zero, half of the projections would go untested.
 */
export function tinyPolicy(seed = 1): Policy {
  const policy = untrained(tinyConfig, tinyTokenizer, seed);
  for (const variable of policy.variables) {
    tf.tidy(() =>
      variable.assign(
        tf.add(
          tf.mul(variable, variable.rank === 2 ? 8 : 1),
          tf.range(0, variable.size).reshape(variable.shape).mul(1.7).sin().mul(0.1),
        ),
      ),
    );
  }
  return policy;
}

/** A policy with adapters whose B is no longer zero, as after training. */
export function taught(policy: Policy): Policy {
  for (const { b, blocks } of policy.weights.adapter!.layers.flatMap((layer) => Object.values(layer))) {
    tf.tidy(() =>
      (b as tf.Variable).assign(tf.mul(tf.range(0, b.size).reshape(b.shape).mul(0.7).sin().mul(0.3), blocks ?? 1)),
    );
  }
  return policy;
}

/** Pays one point for each "a" in the completion, up to four: a policy can learn it in a few steps. */
export const lettersTask = (problems = 8): Task => ({
  name: "letters",
  problems: Array.from(
    { length: problems },
    (_, i): Problem => ({ id: `p${i}`, query: "the cat sat".slice(0, 4 + i), judgments: { d: 1 } }),
  ),
  prompt: ({ query }) => `<|im_start|>${query}<think>`,
  score: async (_, completion) => ({
    kind: "scored",
    reward: Math.min(4, completion.split("a").length - 1),
    query: completion,
    measures: {},
  }),
  search: async () => ({ hits: [], total: 0, warnings: [] }),
});

/** Passes if every number of `actual` is within atol + rtol·|expected| of its place in `expected`. */
export function close(
  actual: readonly number[],
  expected: readonly number[],
  { rtol = 2e-5, atol = 2e-6, what = "" } = {},
): void {
  assert.is(actual.length, expected.length, `${what}: ${actual.length} numbers, expected ${expected.length}`);
  for (const [i, value] of actual.entries()) {
    const wanted = expected[i]!;
    assert.ok(
      Math.abs(value - wanted) <= atol + rtol * Math.abs(wanted),
      `${what}[${i}]: ${value}, expected ${wanted}`,
    );
  }
}

/** How many more tensors there are after `work` than before. */
export async function tensorsLeftBy(work: () => void | Promise<void>): Promise<number> {
  const before = tf.memory().numTensors;
  await work();
  return tf.memory().numTensors - before;
}

/** The numbers of a tensor, which is disposed of. */
export function numbers(tensor: tf.Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

/** The path of a new file of JSON lines. */
export function jsonlFile(...values: readonly object[]): string {
  const path = join(temporaryFolder(), "rows.jsonl");
  writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  return path;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "deepretrieval-"));

/** The path of a file of ../shared; undefined, with a line saying so, where there is none. */
export function sharedFile(path: string): string | undefined {
  const file = join(__dirname, "../../shared", path);
  if (existsSync(file)) return file;
  skip("no shared data");
  return undefined;
}

export const sharedJson = (path: string): unknown => {
  const file = sharedFile(path);
  return file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8"));
};
