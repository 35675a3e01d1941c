import type { Groups, Scores } from "../estimators/groups";

/** Which sequences a step keeps, and why the others go. */
export interface Kept {
  readonly kept: readonly number[]; // places in the batch, in order
  readonly groups: number; // groups that are kept
  readonly dropped: {
    readonly equal: number; // groups whose answers all earned the same
    readonly unscored: number; // groups with fewer than two scores, because of outages
  };
}

/**
 * Dynamic sampling (Yu et al. 2025, DAPO, §3.2), as verl's filter_groups: drops the groups whose answers all earned the
 * same, because each of their advantages is 0. The caller samples other prompts until it has enough groups
 * (lackingGroups).
 *
 * A group of two or more scores is judged by the scores that it has. An answer without a score is dropped from a kept
 * group.
 *
 * @param scores [B], undefined where an answer has no score
 * @param groups [B]
 */
export function groupsWithSpread({ scores, groups }: { readonly scores: Scores; readonly groups: Groups }): Kept {
  const range = new Map<string | number, { low: number; high: number; n: number }>();
  groups.forEach((group, b) => {
    const own = range.get(group) ?? { low: Infinity, high: -Infinity, n: 0 };
    const score = scores[b];
    if (score !== undefined)
      range.set(group, { low: Math.min(own.low, score), high: Math.max(own.high, score), n: own.n + 1 });
    else range.set(group, own);
  });
  const all = [...range.values()];
  const spread = ({ low, high, n }: (typeof all)[number]) => n > 1 && high > low;
  const unscored = all.filter(({ n }) => n < 2).length;
  const groupsKept = all.filter(spread).length;
  return {
    kept: groups.flatMap((group, b) => (spread(range.get(group)!) && scores[b] !== undefined ? [b] : [])),
    groups: groupsKept,
    dropped: { equal: all.length - unscored - groupsKept, unscored },
  };
}

/** How sampling goes on after a round of dynamic sampling. */
interface LackingGroups {
  readonly lacking: number; // groups that the batch still needs
  readonly again: boolean; // whether to sample another round
}

/**
 * What a batch still needs. The last round allowed ends the search: the step then trains on the groups that it has.
 *
 * @param wanted groups of a full batch
 * @param found groups with spread so far
 * @param rounds sampled so far
 * @param maxRounds verl's max_num_gen_batches
 */
export function lackingGroups(wanted: number, found: number, rounds: number, maxRounds: number): LackingGroups {
  const lacking = Math.max(wanted - found, 0);
  return { lacking, again: lacking > 0 && rounds < maxRounds };
}
