import type { tf } from "../../backend/tf";
import type { Critic } from "../../models/critic";
import type { Policy } from "../../models/policy";
import { factorTensors, type LayerFactors } from "../../models/decoder/low-rank";
import { isVariable, namedTensors, type Weights } from "../../models/decoder/weights";

/** Trained variables by name, in the order of `variables`. */
export type NamedVariables = Readonly<Record<string, tf.Variable>>;

/** The variables of a policy by the paths of its weights: "layers.0.qkv", "adapter.layers.0.qkv.a". */
export const policyVariables = ({ weights, variables }: Pick<Policy, "weights" | "variables">): NamedVariables =>
  together(namesOf(weights), variables);

/**
 * The variables of a critic by the same paths: its decoder is the policy's without the output projection, and it has a
 * head of its own.
 */
export const criticVariables = ({ variables }: Critic, { weights }: Pick<Policy, "weights">): NamedVariables =>
  together([...namesOf(weights).filter((name) => name !== "head"), "score.weight", "score.bias"], variables);

/** Names and variables, one for one. A model with other variables has them by their positions. */
function together(names: readonly string[], variables: readonly tf.Variable[]): NamedVariables {
  const fit = names.length === variables.length;
  return Object.fromEntries(variables.map((variable, i) => [fit ? names[i]! : `variable.${i}`, variable]));
}

/** The names of what training changes, in the order of variablesOf. */
function namesOf(weights: Weights): string[] {
  const own = namedTensors(weights).flatMap(([name, tensor]) => (isVariable(tensor) ? [name] : []));
  if (!weights.adapter) return own;
  const places = new Map<tf.Tensor, string>();
  weights.adapter.layers.forEach((layer: LayerFactors, l) =>
    Object.entries(layer).forEach(([projection, factors]) =>
      Object.entries(factors).forEach(([name, tensor]) =>
        places.set(tensor as tf.Tensor, `adapter.layers.${l}.${projection}.${name}`),
      ),
    ),
  );
  return [
    ...own,
    ...factorTensors(weights.adapter).flatMap((tensor) => (isVariable(tensor) ? [places.get(tensor)!] : [])),
  ];
}
