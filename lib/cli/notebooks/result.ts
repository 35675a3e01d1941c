import { reportMime } from "../../notebook/run-report/training-report";
import { plainText } from "../../notebook/runner/collect";
import { joined, type Notebook, type Text } from "../../notebook/runner/nbformat";

/** The figures that a training notebook ended with. */
export interface Result {
  readonly json: string; // the record, on one line
  readonly table: string; // the same for people
}

/** The last report that the notebook displayed, or undefined. */
export function findResult({ cells }: Notebook): Result | undefined {
  const bundles = cells
    .flatMap((cell) => cell.outputs ?? [])
    .flatMap((output) => ("data" in output && output.data[reportMime] !== undefined ? [output.data] : []));
  const last = bundles.at(-1);
  if (!last) return undefined;
  const stored = last[reportMime];
  const record: unknown =
    typeof stored === "string" || Array.isArray(stored) ? JSON.parse(joined(stored as Text)) : stored;
  const json = JSON.stringify(record);
  return { json, table: plainText(last) ?? json };
}
