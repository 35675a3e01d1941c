import type { Embedder } from "../../core/roles";

/**
 * A stand-in for an encoder that needs no model: each word adds 1 or −1 to one of D places, by its hash (feature
 * hashing, Weinberger et al. 2009), and vectors have length 1. It knows words, not meanings, so a dense engine over it
 * is about as good as counting common words: for trying things out, not for results.
 *
 * @param dimensions D
 */
export function hashedWords(dimensions = 512): Embedder {
  if (!(Number.isInteger(dimensions) && dimensions > 0))
    throw new RangeError(`hashedWords: dimensions is ${dimensions}; it must be a whole number from 1.`);
  return {
    name: `hashed words, ${dimensions} dimensions`,
    embed: async (texts) => {
      const vectors = new Float32Array(texts.length * dimensions);
      for (const [i, text] of texts.entries()) {
        const own = vectors.subarray(i * dimensions, (i + 1) * dimensions);
        for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
          const hash = fnv1a(word);
          own[(hash >>> 1) % dimensions]! += hash & 1 ? 1 : -1;
        }
        const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0)) || 1;
        for (let j = 0; j < dimensions; j++) own[j]! /= length;
      }
      return vectors;
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
