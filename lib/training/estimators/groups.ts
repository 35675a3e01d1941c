import type { Rows } from "./masked";

/**
 * What the answers of a batch earned, one score a sequence. `undefined` is an answer whose score is not known, because
 * the engine was down: it enters no baseline, and its advantage is 0.
 */
export type Scores = readonly (number | undefined)[]; // [B]

/** The group of every sequence: sequences of one prompt share a name. */
export type Groups = readonly (string | number)[]; // [B]

/** A scored member of a group: its place in the batch and what it earned. */
export interface Member {
  readonly place: number; // b, in [0, B)
  readonly score: number;
}

/**
 * One advantage a sequence, from one rule a group. A sequence without a score gets 0, and so does the only scored one
 * of a group that lost the others to outages: it has nothing to be compared with.
 *
 * @param advantage the rule of a group, given its scored members
 * @returns [B]
 * @throws RangeError where the two lists differ in length
 */
export function eachGroup(
  where: string,
  scores: Scores,
  groups: Groups,
  advantage: (members: readonly Member[]) => (member: Member) => number,
): number[] {
  if (scores.length !== groups.length)
    throw new RangeError(
      `${where}: ${scores.length} scores have ${groups.length} groups. Give one group for each score.`,
    );
  const places = new Map<string | number, number[]>();
  groups.forEach((group, place) => {
    const own = places.get(group);
    if (own) own.push(place);
    else places.set(group, [place]);
  });
  const advantages = scores.map(() => 0);
  for (const own of places.values()) {
    const members = own.flatMap((place) => (scores[place] === undefined ? [] : [{ place, score: scores[place]! }]));
    if (members.length === 0 || (members.length === 1 && own.length > 1)) continue;
    const of = advantage(members);
    for (const member of members) advantages[member.place] = of(member);
  }
  return advantages;
}

/** Σ_t r_t of each sequence: what the estimators for groups read. @param rewards [B][R], 0 outside the response */
export const sequenceScores = (rewards: Rows): number[] =>
  rewards.map((row) => row.reduce((sum, reward) => sum + reward, 0));

/** Gives every response token the number of its sequence; 0 outside the mask. @returns [B][R] */
export const overTokens = (perSequence: readonly number[], mask: Rows): number[][] =>
  mask.map((row, b) => row.map((inside) => (inside ? perSequence[b]! : 0)));
