import type { RewardOutage } from "../../core/reward-outcome";
import { WireFault } from "../requests/issue";

/** Seconds after which a caller may try again. The engine has already been asked several times. */
const retryAfter = 5;

/**
 * The answer of a wire whose reward cannot be null: status 503, which its clients repeat and then report. It is never a
 * number.
 */
export const outageFault = ({ why, cause, engine }: RewardOutage, extra: Readonly<Record<string, unknown>> = {}) =>
  new WireFault(503, why, { reward: null, outage: { cause, engine }, ...extra }, retryAfter);
