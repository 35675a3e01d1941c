import type { Sequence } from "../../../models/decoder/batch";
import type { ServerKind } from "../server-kinds";
import type { Datum } from "../wire/records";

/** A row over all positions of a sequence but the last: 0 on those of the prompt, `values` on those of the response. */
const onResponse = ({ prompt, response }: Sequence, values: readonly number[]): number[] => [
  ...Array<number>(prompt.length - 1).fill(0),
  ...values.slice(0, response.length),
];

/** A sequence whose log-probabilities are asked for. Prompt tokens weigh 0. Throws RangeError for an empty prompt. */
export function measured(sequence: Sequence): Datum {
  const { prompt, response } = sequence;
  if (prompt.length === 0)
    throw new RangeError("tinker: a prompt has no tokens. Begin it with the model's own beginning-of-text token.");
  const all = [...prompt, ...response];
  return {
    tokens: all.slice(0, -1),
    targets: all.slice(1),
    weights: onResponse(
      sequence,
      response.map(() => 1),
    ),
  };
}

/** The values of a row at the response tokens. */
export const ofResponse = ({ prompt, response }: Sequence, row: readonly number[]): number[] =>
  row.slice(prompt.length - 1, prompt.length - 1 + response.length);

/** Sequences of one optimizer step, and what they are to do to its gradient. */
export interface StepData {
  readonly sequences: readonly Sequence[]; // [B]
  readonly logps: readonly (readonly number[])[]; // [B][R] log π of the tokens now, nats
  readonly gradients: readonly (readonly number[])[]; // [B][R] ∂L/∂log π of the loss that is minimised
}

/**
 * The loss `importance_sampling` whose gradient is that of a loss of ours. Its loss of a token is −w·exp(log π − q)·A.
 * With q = log π its derivative by log π is −w·A, so that A = −∂L/∂log π gives the gradient of any loss L of the
 * log-probabilities. A server that takes the mean over sequences of Σ loss / Σ w is given A·B·Σw, which undoes both
 * divisions. `cross_entropy` with weights −∂L/∂log π would do on a server that adds up; on one that divides by the sum
 * of weights it would be wrong, since that sum may be near 0 or below it.
 */
export function gradientData({ sequences, logps, gradients }: StepData, kind: ServerKind): Datum[] {
  return sequences.map((sequence, b) => {
    const scale = kind.normalisation === "mean" ? sequences.length * sequence.response.length : 1;
    const { weights, ...rest } = measured(sequence);
    return {
      ...rest,
      ...(kind.weights && weights && { weights }),
      logprobs: onResponse(sequence, logps[b]!),
      advantages: onResponse(
        sequence,
        gradients[b]!.map((gradient) => -gradient * scale),
      ),
    };
  });
}

/** Datums in runs that fit into one request. */
export function chunks(
  data: readonly Datum[],
  { datums, bytes }: { readonly datums: number; readonly bytes: number },
): Datum[][] {
  const runs: Datum[][] = [];
  let size = Infinity;
  for (const datum of data) {
    const own = datum.tokens.length * 24; // an int32, an int64 and three float32 at a position
    if (size + own > bytes || runs.at(-1)!.length >= datums) {
      runs.push([]);
      size = 0;
    }
    runs.at(-1)!.push(datum);
    size += own;
  }
  return runs;
}
