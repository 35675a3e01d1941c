import { days } from "./boolean/syntax/dates";

/**
 * The last day that `maxDate` ("2010/05/31", "2010/05" or "2010") takes in, as YYYYMMDD; day 31 of a shorter month
 * covers it as well. Throws RangeError for anything else.
 */
export function lastDay(maxDate: string): number {
  const read = days(maxDate);
  if (!read)
    throw new RangeError(`search: maxDate is "${maxDate}"; it must be a date like "2010/05/31", "2010/05" or "2010".`);
  return read.last;
}

/** `maxDate` as NCBI writes it, no more exact than it was given: "2010/05". */
export function slashed(maxDate: string): string {
  lastDay(maxDate);
  return maxDate
    .trim()
    .split(/[/\-. ]/)
    .map((part) => part.padStart(2, "0"))
    .join("/");
}

/** The last day as ISO 8601 writes it, one that exists: "2010-02" is "2010-02-28". */
export function isoDay(maxDate: string): string {
  const last = lastDay(maxDate);
  const [year, month, day] = [Math.floor(last / 10000), Math.floor(last / 100) % 100, last % 100];
  const existing = Math.min(day, new Date(Date.UTC(year, month, 0)).getUTCDate());
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(existing).padStart(2, "0")}`;
}
