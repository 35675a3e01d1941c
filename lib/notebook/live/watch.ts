import type { Run } from "../../core/run";
import { alarms } from "../run-report/alarms";
import { currentCell } from "../cell";
import { metricColumns, type Panel, panels, positions } from "../run-report/columns";
import type { Rendered } from "../plot/figure-bundle";
import { essentialColumns, essentialPanels } from "../run-report/essentials";
import { liveBundle, warningBundle } from "./live";
import { curves } from "../plot/curves";
import { printable } from "../render/text/printable";
import { type Progress, progressLine } from "./progress";
import { renderWithMetadata } from "../render/render";
import { closeScreen, openScreen, sayPlainly, type Screen } from "../render/screen";
import { standing } from "../run-report/standing";
import { summary } from "../run-report/summary";

/** Settings of `watch`. */
export interface WatchOptions {
  /**
   * The panels, one for each entry: a column, or several columns that share a scale. The default for training is the
   * metrics that tell whether it works; otherwise it is the most telling numeric columns.
   */
  readonly plot?: readonly (string | Panel)[];
  /** The columns in the line of text. The default is those of the panels, or at most six numeric columns. */
  readonly columns?: readonly string[] | undefined;
  /** Seconds between two drawings. */
  readonly every?: number;
  /** The number of steps of the whole run. The default is `run.total` where the run has it. */
  readonly total?: number | undefined;
  /** The name of what is counted. The default is `run.label` where the run has it, else "step". */
  readonly label?: string | undefined;
  /** The title above the final curves. */
  readonly title?: string | undefined;
}

/**
 * Drives a run to its end, redrawing one display: a line and the curves so far. Interrupting the cell (or Ctrl-C
 * outside a notebook) stops the run after its current step. A drawing error does not stop it: the display names the
 * error. The display also warns in words of what is alarming, such as many malformed answers: see alarms.ts.
 *
 * @returns the steps, also those of a stopped run; as a cell's last line they print as one
 */
export async function watch<Step extends object>(
  run: AsyncGenerator<Step, unknown>,
  options: WatchOptions = {},
): Promise<Step[]> {
  const { plot, every = 2, title } = options;
  const cell = currentCell();
  const screen = openScreen(cell);
  const steps: Step[] = [];
  const started = performance.now();
  const { total, label } = { ...toldBy(run), ...given(options) };
  let warned: Screen | undefined; // the alarms of a run whose end is a figure
  let trouble: string | undefined; // the last drawing error: each is reported once
  let stopped = false;

  const line = (ended?: string | undefined): { readonly text: string; readonly progress: Progress } => {
    const seconds = (performance.now() - started) / 1000;
    const { repeated = 0 } = run as Run<Step>;
    const progress = progressOf(steps, { total, seconds, ended, label, rows: steps.length - repeated });
    const results = standing(steps);
    const columns = options.columns ?? (results ? Object.keys(results) : defaultColumns(steps));
    return { text: progressLine(progress, results ?? steps.at(-1), columns), progress };
  };
  // Kinds of alarms that were shown. A terminal cannot take a line back, so each kind is shown once.
  const shownKinds = new Set<string>();
  const isNews = ({ kind }: { readonly kind: string }) => !shownKinds.has(kind) && shownKinds.add(kind);
  const picture = async (ended?: string | undefined): Promise<Rendered> => {
    const { text, progress } = line(ended);
    const over = ended !== undefined && ended !== "failed";
    const warnings = alarms(steps);
    if (over && cell && plot && steps.length > 1) {
      if (warnings.length > 0) (warned ??= openScreen(cell)).draw(warningBundle(warnings));
      const { data, metadata } = await renderWithMetadata(curves(withSteps(steps), "step", plot, { title }));
      return { data: { ...data, "text/plain": `${text}\n${String(data["text/plain"])}` }, metadata };
    }
    const grid = plot ? panels(plot) : isCounted(steps) ? essentialPanels(steps) : [];
    return { data: liveBundle(text, progress, steps, grid, cell ? warnings : warnings.filter(isNews)), metadata: {} };
  };
  const draw = async (ended?: string | undefined) => {
    try {
      const { data, metadata } = await picture(ended);
      screen.draw(data, metadata);
    } catch (error) {
      const why = `Could not draw: ${error instanceof Error ? error.message : String(error)}`;
      if (why === trouble && ended === undefined) return; // it was reported before
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
    ended = "stopped"; // the run saw the same signal and throws because of it
  } finally {
    signal?.removeEventListener("abort", stop);
    process.off("SIGINT", stop);
    await draw(ended);
    closeScreen(cell);
  }
  return printable(steps, () => summary(steps, { total, ended, columns: options.columns ?? plot?.flat() }));
}

function progressOf(
  steps: readonly object[],
  known: Omit<Progress, "label" | "done"> & { readonly label?: string | undefined },
): Progress {
  const { label = isCounted(steps) || steps.length === 0 ? "step" : "result", ...rest } = known;
  return { ...rest, label, done: positions(steps).at(-1) ?? 0 };
}

/** Training counts its steps in a column; results of an evaluation stand in line. */
const isCounted = (steps: readonly object[]): boolean =>
  typeof (steps[0] as { step?: unknown } | undefined)?.step === "number";

const defaultColumns = (steps: readonly object[]): readonly string[] =>
  isCounted(steps) ? essentialColumns(steps) : ["system", ...metricColumns(steps)];

/** What a run may tell about itself: `Object.assign(generator, { total: 100, label: "batch" })`. */
function toldBy(run: object): { readonly total?: number | undefined; readonly label?: string | undefined } {
  const { total, label } = run as { total?: unknown; label?: unknown };
  return { ...(typeof total === "number" && { total }), ...(typeof label === "string" && { label }) };
}

const given = ({ total, label }: WatchOptions) => ({
  ...(total !== undefined && { total }),
  ...(label !== undefined && { label }),
});

/** The rows with the column that the curves run over. */
function withSteps(steps: readonly object[]): readonly object[] {
  const at = positions(steps);
  return steps.map((row, i) => ({ ...row, step: at[i] }));
}
