import type { Corpus } from "./corpus";
import type { Plan } from "./plan";
import { Joined, type RecordSet } from "./record-set";

/** The records that satisfy `plan`, joined strictly from left to right. The result may be shared: do not write to it. */
export function evaluate(plan: Plan, corpus: Corpus): RecordSet {
  if (plan.kind !== "group") return corpus.find(plan).set;
  if (plan.links.every(({ operator }) => operator === "AND")) return common(plan.links.map(({ plan: part }) => evaluate(part, corpus)), corpus.size);
  const [first, ...rest] = plan.links;
  const result = new Joined(first!.operator === "NOT" ? corpus.find({ kind: "all", shown: "all" }).set : evaluate(first!.plan, corpus), corpus.size);
  if (first!.operator === "NOT") result.join("NOT", evaluate(first!.plan, corpus));
  for (const { operator, plan: part } of rest) result.join(operator, evaluate(part, corpus));
  return result.result();
}

/** What all sets have in common. Order does not matter to AND, and from the smallest on there is the least to do. */
function common(sets: readonly RecordSet[], records: number): RecordSet {
  const [smallest, ...others] = [...sets].sort((a, b) => bound(a) < bound(b) ? -1 : bound(a) > bound(b) ? 1 : 0);
  const result = new Joined(smallest!, records);
  for (const other of others) result.join("AND", other);
  return result.result();
}

const bound = (set: RecordSet): number => (set.kind === "few" ? set.numbers.length : Infinity); // bits are not counted for this
