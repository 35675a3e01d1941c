import { plainText } from "./collect";
import { hasTag, joined, type Notebook, type NotebookCell, type Output } from "./nbformat";
import { scrub } from "./scrub";

/** A cell whose outputs are not the stored ones. */
export interface Difference {
  readonly cell: number; // position in the stored notebook, from 1
  readonly stored: string; // the first line that differs, scrubbed; "" where there is none
  readonly now: string;
}

/** How outputs are compared: streams by name, values by text, pictures and other types by being there. */
export function comparable(outputs: readonly Output[]): string[] {
  const printed = (name: string): string =>
    outputs
      .map((output) => (output.output_type === "stream" && output.name === name ? joined(output.text) : ""))
      .join("");
  const streams = ["stdout", "stderr"].flatMap((name) => linesOf(name, printed(name)));
  return [...streams, ...outputs.flatMap((output) => (output.output_type === "stream" ? [] : shown(output)))];
}

function shown(output: Exclude<Output, { output_type: "stream" }>): string[] {
  if (output.output_type === "error") return linesOf("error", `${output.ename}: ${output.evalue}`);
  const kinds = Object.keys(output.data)
    .filter((type) => !type.startsWith("text/"))
    .sort();
  return [...linesOf("text", plainText(output.data) ?? ""), ...kinds.map((type) => `${type}: there`)];
}

const linesOf = (what: string, text: string): string[] =>
  scrub(text) === ""
    ? []
    : scrub(text)
        .split("\n")
        .map((line) => `${what}: ${line}`);

const sources = ({ cells }: Notebook): (readonly [cell: NotebookCell, position: number])[] =>
  cells
    .map((cell, i) => [cell, i + 1] as const)
    .filter(([cell]) => cell.cell_type === "code" && !hasTag(cell, "injected-parameters"));

/** Whether anything can be compared: a stripped notebook has no outputs. */
export const hasOutputs = ({ cells }: Notebook): boolean => cells.some((cell) => (cell.outputs ?? []).length > 0);

/**
 * Where an executed notebook differs from the stored one it was made from, cell by cell. Cells tagged
 * `nbval-ignore-output` or `ignore-output` may differ. `comparable` documents what is compared.
 */
export function differences(stored: Notebook, executed: Notebook): Difference[] {
  const now = sources(executed);
  return sources(stored).flatMap(([cell, position], i) => {
    if (hasTag(cell, "nbval-ignore-output") || hasTag(cell, "ignore-output")) return [];
    const [before, after] = [comparable(cell.outputs ?? []), comparable(now[i]?.[0].outputs ?? [])];
    const at = Array.from({ length: Math.max(before.length, after.length) }, (_, k) => k).find(
      (k) => before[k] !== after[k],
    );
    return at === undefined ? [] : [{ cell: position, stored: before[at] ?? "", now: after[at] ?? "" }];
  });
}
