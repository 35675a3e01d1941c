import type { Random } from "../../core/random";
import type { Difficulty } from "./difficulty";

/** `count` days in order, "YYYY/MM/DD", more of them in later years, as publications are. */
export function calendar(count: number, { firstYear, lastYear, growth }: Difficulty, rng: Random): string[] {
  const years = lastYear + 1 - firstYear;
  const days = Array.from({ length: count }, () => {
    // Density rises linearly from 1 to `growth`; this is the inverse of its integral x + (growth − 1)x²/2.
    const area = (rng.next() * (growth + 1)) / 2;
    const slope = growth - 1;
    const when = slope === 0 ? area : (Math.sqrt(1 + 2 * slope * area) - 1) / slope;
    return firstYear + when * years;
  });
  return days.sort((a, b) => a - b).map(day);
}

/** Twelve months of 28 days: every one of them exists. */
function day(time: number): string {
  const ordinal = Math.floor((time % 1) * 12 * 28);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${Math.floor(time)}/${two(1 + Math.floor(ordinal / 28))}/${two(1 + (ordinal % 28))}`;
}
