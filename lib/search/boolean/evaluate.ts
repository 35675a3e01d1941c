import { createHash } from "node:crypto";
import { oncePerObject } from "../../core/memo";
import type { Corpus } from "./corpus";
import { keyOf } from "./lookup";
import type { Plan, PlanGroup, PlanLink } from "./plan";
import type { RecordSet } from "./record-sets/record-set";
import type { Operator } from "./syntax/query";

/**
 * The records that satisfy `plan`, joined from left to right. The result may be shared, so the caller must not write to
 * it.
 *
 * The results of groups are kept like those of look-ups, under a key of what the group means. During training a model
 * asks for variations of the same queries, and most of their groups were asked for before.
 */
export function evaluate(plan: Plan, corpus: Corpus): RecordSet {
  return plan.kind === "group"
    ? corpus.sets.store.kept(groupKey(plan), () => group(plan.links, corpus))
    : corpus.find(plan);
}

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

/** Whether `operator` alone joins a group. The first link of a group that ORs holds AND. */
const isAll = (links: readonly PlanLink[], operator: Operator): boolean =>
  links.every((link, i) => link.operator === (i === 0 ? "AND" : operator));

/** The operands of AND or OR. An inner group with the same operator is written out, unless several groups share it. */
const operands = (links: readonly PlanLink[], operator: Operator): Plan[] =>
  links.flatMap(({ plan }) =>
    plan.kind === "group" && !plan.shared && isAll(plan.links, operator) ? operands(plan.links, operator) : [plan],
  );

/**
 * Sets in ascending order of size, for AND: the smallest first leaves the least to do. Bits are not counted; they come
 * last.
 */
function smallestFirst(sets: readonly RecordSet[]): RecordSet[] {
  const most = (set: RecordSet): number => (set.kind === "few" ? set.numbers.length : 2 ** 32);
  return [...sets].sort((a, b) => most(a) - most(b));
}

const longestKey = 4096; // characters

/**
 * A text that is the same for two groups only if they find the same records. The order in which AND and OR name their
 * operands is no part of it. A group may hold the same long group many times, so a long key is replaced by its hash.
 */
const groupKey = oncePerObject(({ links }: PlanGroup): string => {
  const operator = (["AND", "OR"] as const).find((operator) => isAll(links, operator));
  const key = operator
    ? `(${operator} ${operands(links, operator).map(planKey).sort().join("|")})`
    : `(${links.map(({ operator, plan }) => `${operator} ${planKey(plan)}`).join("|")})`;
  return key.length > longestKey ? createHash("sha256").update(key).digest("base64") : key;
});

const planKey = (plan: Plan): string => (plan.kind === "group" ? groupKey(plan) : keyOf(plan));
