import type { Family } from "./families";
import { rankedReward, tieredReward } from "./tiers";

/** One point of a curve: what a search reached, under the name of its measure, and what that earns in each family. */
export type CurvePoint = Readonly<Record<string, number>>;

/**
 * What families of one kind earn, over all that a search can reach: recall in [0, 1], the rank of the first passage
 * with an answer (up to a third past k, where it no longer counts), or nDCG in [0, 1]. For looking at, before training.
 *
 * Throws RangeError for families of different kinds, whose rewards are of different things, and for
 * databases, which know no more than a handful of outcomes (`executionOutcomes`).
 */
export function rewardCurves(
  families: Readonly<Record<string, Family>>,
  { points = 200 }: { readonly points?: number } = {},
): CurvePoint[] {
  const kinds = [...new Set(Object.values(families).map(({ kind }) => kind))];
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const what =
      kind === undefined ? "there are no families" : `the families are of several kinds: ${kinds.join(", ")}`;
    throw new RangeError(`rewardCurves: ${what}. Draw one kind at a time.`);
  }
  if (kind === "execution")
    throw new RangeError("rewardCurves: the reward of a query to a database is no curve. Look at executionOutcomes().");
  return places(kind, points).map(([name, at]) => ({
    [name]: at,
    ...Object.fromEntries(Object.entries(families).map(([label, family]) => [label, rewardAt(family, at)])),
  }));
}

function places(kind: "recall" | "rank" | "ndcg", points: number): (readonly [string, number])[] {
  const even = Array.from({ length: points + 1 }, (_, i) => i / points);
  if (kind !== "rank") return even.map((at) => [kind === "recall" ? "recall" : "nDCG", at] as const);
  const ranks = new Set([
    1,
    5,
    6,
    20,
    21,
    50,
    51,
    100,
    101,
    1000,
    1001,
    3000,
    3001,
    ...even.map((at) => Math.round(4000 ** at)),
  ]);
  return [...ranks].sort((a, b) => a - b).map((rank) => ["rank", rank] as const);
}

function rewardAt(family: Family, at: number): number {
  switch (family.kind) {
    case "recall":
      return family.form + tieredReward(at, family.tiers);
    case "rank":
      return family.form + rankedReward(at <= family.k ? at : Infinity, family.tiers);
    case "ndcg":
      return at > 0 ? family.form + at : 0;
    case "execution":
      return NaN; // refused above
  }
}
