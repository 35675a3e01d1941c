import { createHash } from "node:crypto";
import { oncePerObject } from "../../core/memo";
import type { Corpus } from "./corpus";
import { keyOf, type Plan, type PlanLink } from "./plan";
import type { RecordSet } from "./record-sets/record-set";
import type { Operator } from "./syntax/query";

/**
 * The records that satisfy `plan`, joined strictly from left to right. The result may be shared: do not write to it.
 *
 * Whole groups are kept as well as look-ups, by what they mean: a model that is trained asks for variations of the same queries, most of
 * whose groups were asked for before.
 */
export function evaluate(plan: Plan, corpus: Corpus): RecordSet {
  return plan.kind === "group"
    ? corpus.sets.store.kept(groupKey(plan), () => group(plan.links, corpus))
    : corpus.find(plan);
}

type Group = Extract<Plan, { kind: "group" }>;

function group(links: readonly PlanLink[], corpus: Corpus): RecordSet {
  const { joiner } = corpus.sets;
  const sets = (plans: readonly Plan[]): RecordSet[] => plans.map((part) => evaluate(part, corpus));
  if (isAll(links, "OR")) return joiner.either(sets(operands(links, "OR")));
  if (isAll(links, "AND"))
    return joiner.join(smallestFirst(sets(operands(links, "AND"))).map((set) => ({ operator: "AND", set })));
  const steps = sets(links.map(({ plan }) => plan)).map((set, i) => ({ operator: links[i]!.operator, set }));
  return joiner.join(
    links[0]!.operator === "NOT"
      ? [{ operator: "AND", set: corpus.find({ kind: "all", shown: "all" }) }, ...steps]
      : steps,
  );
}

/** Whether a group joins by `operator` alone. The first link of an OR says AND. */
const isAll = (links: readonly PlanLink[], operator: Operator): boolean =>
  links.every((link, i) => link.operator === (i === 0 ? "AND" : operator));

/** What AND or OR joins: groups within that join by the same are as good as written out, but for those that would be so again and again. */
const operands = (links: readonly PlanLink[], operator: Operator): Plan[] =>
  links.flatMap(({ plan }) =>
    plan.kind === "group" && !plan.shared && isAll(plan.links, operator) ? operands(plan.links, operator) : [plan],
  );

/** Order does not matter to AND, and from the smallest on there is the least to do. Bits are not counted for this. */
function smallestFirst(sets: readonly RecordSet[]): RecordSet[] {
  const most = (set: RecordSet): number => (set.kind === "few" ? set.numbers.length : 2 ** 32);
  return [...sets].sort((a, b) => most(a) - most(b));
}

const longestKey = 4096; // characters

/**
 * A text that is the same for two groups only if they find the same records. The order in which AND and OR name their
 * operands is no part of it. A group may hold the same long group many times, so a long key is replaced by its hash.
 */
const groupKey = oncePerObject(({ links }: Group): string => {
  const operator = (["AND", "OR"] as const).find((operator) => isAll(links, operator));
  const key = operator
    ? `(${operator} ${operands(links, operator).map(planKey).sort().join("|")})`
    : `(${links.map(({ operator, plan }) => `${operator} ${planKey(plan)}`).join("|")})`;
  return key.length > longestKey ? createHash("sha256").update(key).digest("base64") : key;
});

const planKey = (plan: Plan): string => (plan.kind === "group" ? groupKey(plan) : keyOf(plan));
