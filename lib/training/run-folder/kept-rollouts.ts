import { writtenOf, type KeptRollouts } from "../../core/written";
import { mean } from "../estimators/masked";
import { logged } from "./rollout-log";
import { scoredOnly, type Rollout } from "../loop/rollout";

/**
 * The rollouts of a step as they are kept after it. Those of a run with a folder are read from its file when they are
 * asked for.
 */
export function keptRollouts(
  step: number,
  rollouts: readonly Rollout[],
  file: string | undefined,
  measures: readonly string[],
): KeptRollouts {
  const reward = mean(scoredOnly(rollouts).map(({ score }) => score.reward));
  return {
    step,
    reward,
    ...(measures.length > 0 && { measures }),
    rollouts: file === undefined ? rollouts.map((rollout) => writtenOf(logged(rollout))) : { file },
  };
}
