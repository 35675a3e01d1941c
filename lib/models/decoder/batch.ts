import { tf } from "../../backend/tf";
import { leftPad } from "./padding";

/**
 * Prompts and responses in the layout that the decoder reads. Prompts are left-padded to P, responses right-padded to
 * R, and T = P + R. Column P − 1 + r predicts response token r.
 */
export interface Batch {
  readonly ids: tf.Tensor2D; // int32 [B, T]
  readonly labels: tf.Tensor1D; // int32 [B·R] response tokens
  readonly responseMask: tf.Tensor2D; // [B, R] 1 on response tokens, the end-of-text token included
  readonly padding: readonly number[]; // [B] pad tokens at the left of each row
  readonly promptLength: number; // P
  readonly responseLength: number; // R
  /** Frees its tensors; it cannot be used afterwards. */
  dispose(): void;
}

/** One prompt and its response, as token ids. */
export interface Sequence {
  readonly prompt: readonly number[];
  readonly response: readonly number[];
}

/**
 * Packs sequences. The caller disposes of it.
 *
 * @param responseLength R, when it must be more than the longest response
 */
export function batchOf(sequences: readonly Sequence[], pad: number, responseLength = 0): Batch {
  const {
    ids: prompts,
    padding,
    length: P,
  } = leftPad(
    sequences.map(({ prompt }) => prompt),
    pad,
  );
  const R = Math.max(responseLength, ...sequences.map(({ response }) => response.length));
  const fill = (response: readonly number[], value: number) => [
    ...response,
    ...Array<number>(R - response.length).fill(value),
  ];
  const responses = sequences.map(({ response }) => fill(response, pad));
  const ids = tf.tensor2d(
    prompts.flatMap((prompt, b) => [...prompt, ...responses[b]!]),
    [sequences.length, P + R],
    "int32",
  );
  const labels = tf.tensor1d(responses.flat(), "int32");
  const responseMask = tf.tensor2d(
    sequences.flatMap(({ response }) =>
      fill(
        response.map(() => 1),
        0,
      ),
    ),
    [sequences.length, R],
  );
  return {
    ids,
    labels,
    responseMask,
    padding,
    promptLength: P,
    responseLength: R,
    dispose: () => tf.dispose([ids, labels, responseMask]),
  };
}
