import { joined, type Notebook, type Text } from "../notebook/runner/nbformat";

/** Under this MIME type the training notebook displays its result as an object. */
export const resultType = "application/vnd.deepretrieval.result+json";

/** What a training notebook found. Recalls are means over the test split, in [0, 1]. */
export interface TrainingResult {
  readonly backend: string;
  readonly seconds: number;
  readonly recall: { readonly typed: number; readonly before: number; readonly after: number; readonly expert: number };
  readonly p: number; // paired bootstrap, after against before
  readonly steps: number;
  readonly seed: number;
}

/** The last result that the notebook displayed, or undefined. */
export function findResult({ cells }: Notebook): TrainingResult | undefined {
  const shown = cells
    .flatMap((cell) => cell.outputs ?? [])
    .flatMap((output) => ("data" in output && output.data[resultType] !== undefined ? [output.data[resultType]] : []));
  const last = shown.at(-1);
  const isText = typeof last === "string" || Array.isArray(last);
  return (isText ? JSON.parse(joined(last as Text)) : last) as TrainingResult | undefined;
}

const rows = [
  ["typed", "the question as typed"],
  ["before", "the policy before RL"],
  ["after", "the policy after RL"],
  ["expert", "an expert's Boolean query"],
] as const;

/** The result as a table for the terminal, with bars to compare by eye. */
export function resultTable({ backend, seconds, recall, p, steps, seed }: TrainingResult): string {
  const width = Math.max(...rows.map(([, label]) => label.length));
  const body = rows.map(([key, label]) => `  ${label.padEnd(width)}  ${recall[key].toFixed(3)}  ${"█".repeat(Math.round(recall[key] * 40))}`);
  const against = p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
  return ["Mean recall on the test split", "", ...body, "", `  after against before: ${against} (paired bootstrap)`, `  ${steps} steps, seed ${seed}, ${backend} backend, ${seconds.toFixed(0)} s`].join("\n");
}
