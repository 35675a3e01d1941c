import type { Groups, Scores } from "../estimators/groups";
import type { Rollout } from "./rollout";

/** The scores and groups of rollouts, as the estimators read them. An outage has no score. */
export const scoresOf = (rollouts: readonly Rollout[]): { readonly scores: Scores; readonly groups: Groups } => ({
  scores: rollouts.map(({ score }) => (score.kind === "outage" ? undefined : score.reward)),
  groups: rollouts.map(({ group }) => group),
});
