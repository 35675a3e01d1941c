import type { OutageCause } from "./errors";
import type { Score } from "./records";

/**
 * A completion that has no reward, since a server that scoring needs could not answer. It is no number, so no mean can
 * hold it.
 */
export interface RewardOutage {
  readonly kind: "outage";
  readonly cause: OutageCause; // counted by: `reward/outages/<cause>`
  readonly engine: string; // the server that did not answer, as its errors call it
  readonly why: string; // the error's message
}

/**
 * What came of scoring one completion: `scored`, `malformed` (a bad completion, whose reward is a fact) or `outage`.
 */
export type RewardOutcome = Score | RewardOutage;

/** The outage that `error` reports; undefined for an error of another kind, which the caller should throw on. */
export function outageOf(error: unknown): RewardOutage | undefined {
  const { name, message, engine, outage } = (error ?? {}) as Partial<Error> & {
    readonly engine?: string;
    readonly outage?: OutageCause;
  };
  if (name !== "SearchUnavailable") return undefined;
  return { kind: "outage", cause: outage ?? "other", engine: engine ?? "", why: message ?? "" };
}

/**
 * What came of `score`. An engine that is down becomes an outage; every other error is thrown on.
 *
 * @param score scores one completion
 */
export async function rewardOutcome(score: () => Promise<Score>): Promise<RewardOutcome> {
  try {
    return await score();
  } catch (error) {
    const outage = outageOf(error);
    if (outage === undefined) throw error;
    return outage;
  }
}
