import { columnValues } from "./columns";
import { shareText } from "../render/text/quantity";

/** A reason to stop or to change a run, in words. */
export interface Alarm {
  readonly kind: string; // the same while the numbers in its text change
  readonly text: string; // what it is, with its number, why it matters, and the likely cure
}

/** Looks at the rows of a run for one fault. */
export type Look = (rows: readonly object[]) => Alarm | undefined;

/** Steps that a share is the mean of. */
const recentSteps = 5;

/** The known values of a column in the recent steps. */
export const latest = (rows: readonly object[], column: string): number[] =>
  columnValues(rows.slice(-recentSteps), column).filter((value): value is number => value !== null);

/** Mean of a column over the recent steps; undefined where they have none. */
export function recently(rows: readonly object[], ...columns: readonly string[]): number | undefined {
  const [values = []] = columns.map((column) => latest(rows, column)).filter((each) => each.length > 0);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The recent steps, as a sentence names them. */
export const lately = (rows: readonly object[]): string =>
  rows.length === 1 ? "in this step" : `in the last ${Math.min(rows.length, recentSteps)} steps`;

/** A share of a noun: "All responses", "87 % of the responses". */
export const all = (share: number, noun: string): string =>
  share === 1 ? `All ${noun}` : `${shareText(share)} of the ${noun}`;
