import type { Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import type { Optimizer } from "../optimizer";

/** The models of a run with the optimizers that train them. */
export interface PPOParts {
  readonly policy: Policy;
  readonly critic: Critic;
  readonly reference: Policy;
  readonly actorOptimizer: Optimizer;
  readonly criticOptimizer: Optimizer;
}
