import { gradients } from "../../backend/gradients";
import { tf } from "../../backend/tf";
import type { Algorithm } from "../algorithms/algorithm";
import type { Rows } from "../estimators/masked";
import type { LoopConfig } from "../loop/loop-config";
import { withLog } from "../loop/batches/mini-batches";
import { policyObjective } from "../loop/policy-objective";
import type { PolicyData } from "../loop/update-policy";
import { totalsOf } from "../losses/aggregate";
import { longestOf, padded } from "../measuring/rows-of-batches";
import type { ServedPolicy } from "./served-policy";

/** What the gradient of a mini-batch is computed from; rows are [B][R]. */
export interface MiniBatchRows extends Omit<PolicyData, "rollouts"> {
  readonly now: Rows; // log π of the tokens before this update, nats
  readonly mask: Rows;
}

/**
 * Updates a policy on a server by the loss of the algorithm. The loss is differentiated here by the log-probabilities
 * of the tokens, and the server goes on from there by the chain rule: so it trains with every loss that is a function
 * of them. The first mini-batch of a step has the log-probabilities of its responses already; for the others the server
 * is asked. Resolves to the figures of every optimizer step.
 */
export async function updateServed(
  policy: ServedPolicy,
  data: PolicyData,
  config: LoopConfig,
  algorithm: Algorithm,
  { rate, beta, signal }: { readonly rate: number; readonly beta: number; readonly signal: AbortSignal | undefined },
): Promise<Record<string, number>[]> {
  const { epochs, miniBatch, maxGradNorm, weightDecay } = config;
  const rates = { learningRate: rate, weightDecay, maxNorm: maxGradNorm };
  const figures: Record<string, number>[] = [];
  for (let pass = 0; pass < epochs; pass++)
    for (let from = 0; from < data.rollouts.length; from += miniBatch) {
      const sequences = data.rollouts.slice(from, from + miniBatch);
      const R = longestOf(sequences);
      const own = (rows: Rows): number[][] =>
        rows.slice(from, from + sequences.length).map((row) => padded(row.slice(0, R), R));
      const now = figures.length === 0 ? own(data.logps) : await policy.logps(sequences, signal);
      const rows: MiniBatchRows = {
        now: now.map((row) => padded(row, R)),
        logps: own(data.logps),
        advantages: own(data.advantages),
        mask: sequences.map(({ response }) =>
          padded(
            response.map(() => 1),
            R,
          ),
        ),
        ...(data.reference && { reference: own(data.reference) }),
        ...(data.weights && { weights: own(data.weights) }),
      };
      const { slopes, log } = slopesOf(rows, algorithm, config, beta);
      const update = {
        sequences,
        logps: rows.now,
        gradients: slopes.map((row, b) => row.slice(0, sequences[b]!.response.length)),
      };
      figures.push({ ...log, "actor/lr": rate, ...(await policy.update(update, rates, signal)) });
    }
  return figures;
}

/**
 * The gradient of an algorithm's loss by the log-probabilities of the tokens: [B][R], 0 outside the mask, with the
 * figures that the loss logs. Throws RangeError where it is not finite; nothing has been sent then.
 */
export function slopesOf(
  { now, logps, advantages, mask, reference, weights }: MiniBatchRows,
  algorithm: Algorithm,
  config: Pick<LoopConfig, "maxResponse">,
  beta: number,
): { slopes: number[][]; log: Record<string, number> } {
  const shape: [number, number] = [mask.length, mask[0]?.length ?? 0];
  const matrix = (rows: Rows): tf.Tensor2D => tf.tensor2d(rows.flat() as number[], shape);
  const penalised = algorithm.kl?.place === "loss";
  const variable = matrix(now);
  let slopes: number[][] = [];
  try {
    const log = withLog((noted) => {
      const { value, gradients: found } = gradients(
        () =>
          tf.tidy(
            () =>
              policyObjective(
                {
                  logps: variable,
                  oldLogps: matrix(logps),
                  advantages: matrix(advantages),
                  mask: matrix(mask),
                  ...(weights && { weights: matrix(weights) }),
                  ...(penalised && reference && { reference: matrix(reference) }),
                },
                algorithm,
                config,
                { totals: totalsOf(mask.map((row) => row.filter(Boolean))), share: 1, beta },
                noted,
              ).total,
          ),
        [variable],
      );
      slopes = (found[0] as tf.Tensor2D).arraySync();
      tf.dispose([value, ...found]);
      return {};
    });
    if (slopes.some((row) => row.some((slope) => !Number.isFinite(slope))))
      throw new RangeError(
        "the gradient of the loss is not finite; the weights were left as they were. Lower the learning rate.",
      );
    return { slopes, log };
  } finally {
    variable.dispose();
  }
}
