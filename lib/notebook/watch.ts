import { currentCell } from "./cell";
import { metricColumns, type Panel, panels, positions } from "./columns";
import type { Rendered } from "./figure-bundle";
import { liveBundle } from "./live";
import { curves } from "./plot-curves";
import { printable } from "./printable";
import { type Progress, progressLine } from "./progress";
import { renderWithMetadata } from "./render";
import { closeScreen, openScreen, sayPlainly } from "./screen";
import { summary } from "./summary";

export interface WatchOptions {
  /** a panel for each: a column, or several that share a scale */
  readonly plot?: readonly (string | Panel)[];
  /** what the line says; all numeric columns, at most six */
  readonly columns?: readonly string[];
  /** seconds between two drawings */
  readonly every?: number;
  /** steps of the whole run; taken from `run.total` where a run has it */
  readonly total?: number;
  /** what is counted: "step" */
  readonly label?: string;
  /** above the final curves */
  readonly title?: string;
}

/**
 * Drives a run to its end, redrawing one display: a line and the curves so far. Interrupting the cell (or Ctrl-C
 * outside a notebook) stops the run after its current step. Drawing never stops it: what cannot be drawn is said.
 *
 * @returns the steps, also those of a stopped run; as a cell's last line they print as one
 */
export async function watch<Step extends object>(run: AsyncGenerator<Step, unknown>, options: WatchOptions = {}): Promise<Step[]> {
  const { plot, every = 2, title } = options;
  const cell = currentCell();
  const screen = openScreen(cell);
  const steps: Step[] = [];
  const started = performance.now();
  const total = options.total ?? lengthOf(run);
  let trouble: string | undefined; // the last drawing error: each is said once
  let stopped = false;

  const line = (ended?: string): { readonly text: string; readonly progress: Progress } => {
    const progress = progressOf(steps, { total, seconds: (performance.now() - started) / 1000, ended, label: options.label });
    return { text: progressLine(progress, steps.at(-1), options.columns ?? defaultColumns(steps)), progress };
  };
  const picture = async (ended?: string): Promise<Rendered> => {
    const { text, progress } = line(ended);
    const over = ended !== undefined && ended !== "failed";
    if (over && cell && plot && steps.length > 1) {
      const { data, metadata } = await renderWithMetadata(curves(withSteps(steps), "step", plot, { title }));
      return { data: { ...data, "text/plain": `${text}\n${String(data["text/plain"])}` }, metadata };
    }
    const grid = plot ? panels(plot) : isCounted(steps) ? panels(metricColumns(steps)) : [];
    return { data: liveBundle(text, progress, steps, grid), metadata: {} };
  };
  const draw = async (ended?: string) => {
    try {
      const { data, metadata } = await picture(ended);
      screen.draw(data, metadata);
    } catch (error) {
      const why = `Could not draw: ${error instanceof Error ? error.message : String(error)}`;
      if (why === trouble && ended === undefined) return; // said before
      trouble = why;
      sayPlainly(screen, `${line(ended).text}\n${why}`);
    }
  };

  await null; // a SIGINT handler added in a cell's first turn would end plain kernels
  const stop = () => {
    stopped = true;
    void run.return(undefined).catch(() => undefined); // the loop below meets the same error and throws it
  };
  const signal = cell?.signal;
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  if (!cell) process.once("SIGINT", stop);

  let ended = "failed";
  try {
    await draw();
    let drawn = -Infinity;
    for await (const step of run) {
      steps.push(step);
      if (performance.now() - drawn < every * 1000) continue;
      await draw();
      drawn = performance.now();
    }
    ended = stopped ? "stopped" : "finished";
  } catch (error) {
    if (!stopped || (error as { name?: unknown } | null)?.name !== "Interrupted") throw error;
    ended = "stopped"; // the run saw the same signal and says so by throwing
  } finally {
    signal?.removeEventListener("abort", stop);
    process.off("SIGINT", stop);
    await draw(ended);
    closeScreen(cell);
  }
  return printable(steps, () => summary(steps, { total, ended, columns: options.columns ?? plot?.flat() }));
}

function progressOf(steps: readonly object[], known: { total?: number; seconds: number; ended?: string; label?: string }): Progress {
  const { label = isCounted(steps) || steps.length === 0 ? "step" : "result", ...rest } = known;
  return { ...rest, label, rows: steps.length, done: positions(steps).at(-1) ?? 0 };
}

/** Training counts its steps in a column; results of an evaluation stand in line. */
const isCounted = (steps: readonly object[]): boolean => typeof (steps[0] as { step?: unknown } | undefined)?.step === "number";

const defaultColumns = (steps: readonly object[]): readonly string[] => (isCounted(steps) ? metricColumns(steps) : ["system", ...metricColumns(steps)]);

/** `total` of a run that knows its length: `Object.assign(generator, { total: 100 })`. */
function lengthOf(run: object): number | undefined {
  const { total } = run as { total?: unknown };
  return typeof total === "number" ? total : undefined;
}

/** The rows with the column that the curves run over. */
function withSteps(steps: readonly object[]): readonly object[] {
  const at = positions(steps);
  return steps.map((row, i) => ({ ...row, step: at[i] }));
}
