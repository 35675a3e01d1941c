import type { Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import { tf } from "../../backend/tf";
import type { Optimizer } from "../optimizer";
import { isServed, type ServedPolicy, type ServedReference } from "../served/served-policy";

/** The models of a run and the optimizers that train them. Models that the algorithm does not need are absent. */
export interface Learners {
  readonly policy: Policy;
  readonly critic?: Critic | undefined;
  readonly reference?: Policy | undefined;
  readonly policyOptimizer: Optimizer;
  readonly criticOptimizer?: Optimizer | undefined;
}

/** The models of a run whose weights live on a server. */
export interface ServedLearners {
  readonly policy: ServedPolicy;
  readonly reference?: ServedReference | undefined;
  readonly begun: string | undefined; // the save that the reference is of; undefined is the untrained model
}

/** The models of a run, here or on a server. */
export type RunLearners = Learners | ServedLearners;

export const areServed = (learners: RunLearners): learners is ServedLearners => isServed(learners.policy);

/** Sets `to` to the weights and moments of `from`, which has the same shapes. What `to` lacks is left out. */
export function copyLearners(from: Learners, to: Learners): void {
  for (const model of ["policy", "critic", "reference"] as const)
    to[model]?.variables.forEach((variable, i) => {
      const source = from[model]?.variables[i];
      if (source) tf.tidy(() => variable.assign(tf.clone(source as tf.Tensor)));
    });
  for (const optimizer of ["policyOptimizer", "criticOptimizer"] as const) {
    const source = from[optimizer];
    if (source) to[optimizer]?.restore(source.state());
  }
}
