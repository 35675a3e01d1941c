import { Interrupted, SearchUnavailable } from "../../core/errors";
import type { Algorithm } from "../algorithms/algorithm";
import type { LoopConfig } from "../loop/loop-config";
import type { ServedLearners } from "../loop/learners";
import type { RunState, ServedState } from "../run-folder/checkpoint";
import type { ServedPolicy } from "./served-policy";

/** Milliseconds that a run which ends waits for the server to save it. Its rollouts are on disk in any case. */
const lastSave = 30_000;

/**
 * The models of a run on a server. Connects, before anything is sampled. Throws RangeError for an algorithm or a
 * setting that the server cannot train.
 */
export async function servedLearners(
  where: string,
  policy: ServedPolicy,
  algorithm: Algorithm,
  config: LoopConfig,
  signal: AbortSignal | undefined,
): Promise<ServedLearners> {
  policy.expectTrains(where, algorithm, config);
  await policy.ready(signal);
  if (!algorithm.kl) return { policy, begun: undefined };
  const begun = policy.updates === 0 ? policy.weights : await policy.save("reference", signal);
  return { policy, reference: policy.reference(begun), begun };
}

/** The models of a run that goes on from a checkpoint. Throws RangeError for a checkpoint of a policy that was here. */
export async function resumedLearners(
  where: string,
  { policy, reference }: ServedLearners,
  { served, step }: RunState,
  signal: AbortSignal | undefined,
): Promise<ServedLearners> {
  if (!served)
    throw new RangeError(
      `${where}: the checkpoint of step ${step} is of a policy whose weights were on this machine. Resume with it.`,
    );
  await policy.restore(served.weights, signal);
  await reference?.dispose();
  const begun = served.reference ?? undefined;
  return { policy, ...(reference && { reference: policy.reference(begun) }), begun };
}

/** Saves the weights of a step on the server. */
export const servedState = async (
  { policy, begun }: ServedLearners,
  step: number,
  signal: AbortSignal | undefined,
): Promise<ServedState> => ({ weights: await policy.save(`step-${step}`, signal), reference: begun ?? null });

/**
 * The same for a run that ends, perhaps because the server is away: undefined where it does not save within half a
 * minute. The run goes on from an older checkpoint then, with the rollouts that are on disk.
 */
export async function lastServedState(learners: ServedLearners, step: number): Promise<ServedState | undefined> {
  try {
    return await servedState(learners, step, AbortSignal.timeout(lastSave));
  } catch (error) {
    const { name } = error as Error;
    if (name !== SearchUnavailable.name && name !== Interrupted.name) throw error;
    process.emitWarning(`The last step could not be saved: ${(error as Error).message}`, "OutageWarning");
    return undefined;
  }
}
