import type { Random } from "../random";

const longest = 30; // seconds between two attempts

/**
 * Seconds before attempt `attempt` + 1: doubling from `first`, at most 30, with a jitter of ±25 % so that failed calls
 * are not repeated at the same moment.
 */
export const backOff = (attempt: number, first: number, rng: Random): number =>
  Math.min(first * 2 ** (attempt - 1), longest) * (0.75 + rng.next() / 2);

/**
 * Seconds that a Retry-After header asks for: a number of them or a date (RFC 9110 §10.2.3). Undefined where there is
 * none that can be read.
 */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
