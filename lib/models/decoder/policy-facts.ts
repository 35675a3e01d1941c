import { createHash } from "node:crypto";
import { computing } from "../../backend/choose";
import { tf } from "../../backend/tf";
import type { Facts } from "../../core/roles";
import { tensorsOf, type Weights } from "./weights";

const read = 64; // numbers of each tensor that enter the fingerprint

/**
 * What the texts of a policy depend on: its size, a fingerprint of its weights, and the backend that computes them. The
 * fingerprint is the first 16 hexadecimal digits of a SHA-256 over the shapes and 64 numbers of each tensor, 32 from
 * its beginning and 32 from its end. Training changes all numbers, so every checkpoint has its own fingerprint.
 */
export function policyFacts(weights: Weights, parameters: number): Facts {
  const hash = createHash("sha256");
  for (const tensor of tensorsOf(weights)) {
    hash.update(JSON.stringify([tensor.shape, tensor.dtype]));
    const size = Math.min(read / 2, tensor.size);
    for (const start of [0, tensor.size - size]) {
      const part = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), start, size));
      const values = part.dataSync();
      part.dispose();
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }
  return {
    parameters,
    weights: hash.digest("hex").slice(0, 16),
    ...computing(),
  };
}
