/** Numbers and durations, written as a person would. */

/** Three significant digits, whole numbers and everything from 1,000 up in full: `0.0312`, `6.1`, `21003`. */
export function numberText(x: number): string {
  if (!Number.isFinite(x) || Number.isInteger(x)) return String(x === 0 ? 0 : x); // −0 prints as 0
  return Math.abs(x) >= 1000 ? String(Math.round(x)) : String(Number(x.toPrecision(3)));
}

/** `87 %`; 0 and 100 are exact, what is rounded to them reads `< 1 %` and `> 99 %`. */
export function shareText(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return "< 1 %";
  return percent === 100 && share < 1 ? "> 99 %" : `${percent} %`;
}

/** `0.42 s`, `38 s`, `3 min`, `1 h 5 min`: the two digits that matter. */
export function durationText(seconds: number): string {
  if (seconds < 0.0995) return `${numberText(Number((seconds * 1000).toPrecision(2)))} ms`;
  if (seconds < 9.95) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
