import type { Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import type { Optimizer } from "../optimizer";

/** The models of a run with the optimizers that train them. What an algorithm does not need is absent. */
export interface Learners {
  readonly policy: Policy;
  readonly critic?: Critic | undefined;
  readonly reference?: Policy | undefined;
  readonly policyOptimizer: Optimizer;
  readonly criticOptimizer?: Optimizer | undefined;
}
