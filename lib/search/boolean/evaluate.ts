import { addRange, combine, emptySet, type Bitset } from "./bitset";
import type { Corpus } from "./corpus";
import type { Plan } from "./plan";

/** The records that satisfy `plan`, joined strictly from left to right. The result may be shared: do not write to it. */
export function evaluate(plan: Plan, corpus: Corpus): Bitset {
  if (plan.kind !== "group") return corpus.find(plan).set;
  const [first, ...rest] = plan.links;
  const result = first!.operator === "NOT" ? everything(corpus) : evaluate(first!.plan, corpus).slice();
  if (first!.operator === "NOT") combine.NOT(result, evaluate(first!.plan, corpus));
  for (const { operator, plan: part } of rest) combine[operator](result, evaluate(part, corpus));
  return result;
}

function everything({ size }: Corpus): Bitset {
  const set = emptySet(size);
  addRange(set, 0, size);
  return set;
}
