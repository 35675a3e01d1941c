import type { Corpus } from "./corpus";
import type { Plan } from "./plan";
import { Joined, type RecordSet } from "./record-set";

/** The records that satisfy `plan`, joined strictly from left to right. The result may be shared: do not write to it. */
export function evaluate(plan: Plan, corpus: Corpus): RecordSet {
  if (plan.kind !== "group") return corpus.find(plan).set;
  const [first, ...rest] = plan.links;
  const result = new Joined(first!.operator === "NOT" ? corpus.find({ kind: "all", shown: "all" }).set : evaluate(first!.plan, corpus), corpus.size);
  if (first!.operator === "NOT") result.join("NOT", evaluate(first!.plan, corpus));
  for (const { operator, plan: part } of rest) result.join(operator, evaluate(part, corpus));
  return result.result();
}
