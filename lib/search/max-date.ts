import { days } from "./boolean/syntax/dates";

/**
 * The last day of `maxDate` ("2010/05/31", "2010/05" or "2010"), as YYYYMMDD. It is day 31 for every month, which
 * covers the shorter months as well. Throws RangeError for any other text.
 */
export function lastDay(maxDate: string): number {
  const read = days(maxDate);
  if (!read)
    throw new RangeError(`search: maxDate is "${maxDate}"; it must be a date like "2010/05/31", "2010/05" or "2010".`);
  return read.last;
}

/** `maxDate` as NCBI writes it, as exact as it was given: "2010/05". */
export function slashed(maxDate: string): string {
  lastDay(maxDate);
  return maxDate
    .trim()
    .split(/[/\-. ]/)
    .map((part) => part.padStart(2, "0"))
    .join("/");
}

/** The last day of `maxDate` in ISO 8601, a day that exists: "2010-02" gives "2010-02-28". */
export function isoDay(maxDate: string): string {
  const last = lastDay(maxDate);
  const [year, month, day] = [Math.floor(last / 10000), Math.floor(last / 100) % 100, last % 100];
  const existing = Math.min(day, new Date(Date.UTC(year, month, 0)).getUTCDate());
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(existing).padStart(2, "0")}`;
}
