import { above, from, whole } from "../../core/ranges";
import { checkOptions } from "../../core/settings";

/** Where a long response begins to cost something. */
interface OverlongPenalty {
  readonly limit: number; // longest response, in tokens
  readonly buffer: number; // the last tokens before the limit, over which the penalty grows
  readonly factor?: number; // reward taken off at the limit; 1 by default
}

/**
 * Soft overlong punishment (Yu et al. 2025, DAPO, eq. 13), as verl's dapo reward manager.
 *
 *   min(−(length − (limit − buffer)) / buffer · factor, 0)
 *
 * It is 0 up to `limit − buffer` tokens, and −factor at the limit.
 *
 * @param length response tokens
 * @returns what is added to the score: 0 or less
 */
export function overlongPenalty(length: number, { limit, buffer, factor = 1 }: OverlongPenalty): number {
  checkOptions("overlongPenalty", { limit, buffer, factor }, { limit: whole(1), buffer: above(0), factor: from(0) });
  if (buffer > limit)
    throw new RangeError(
      `overlongPenalty: buffer is ${buffer} and limit is ${limit}: every response would be punished. ` +
        "Use a buffer below the limit.",
    );
  const over = length - (limit - buffer);
  return over <= 0 ? 0 : (-over / buffer) * factor;
}
