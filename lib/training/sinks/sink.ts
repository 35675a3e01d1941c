/** A step's figures by name; `step` is its number in the run. */
export type StepFigures = Readonly<Record<string, number>>;

/** A place that keeps the figures of a run, such as a tracking server. */
export interface Sink {
  readonly name: string; // as warnings call it
  /** Keeps steps, in order. May throw: the same steps are then given again, with those that came after. */
  log(steps: readonly StepFigures[]): void | Promise<void>;
  /** Says that the run has ended. Called once, after the last `log`. */
  close(how: "finished" | "failed"): void | Promise<void>;
}

/** The figures of a step that can be drawn: finite numbers, without the step itself. */
export const finiteFigures = (step: StepFigures): [name: string, value: number][] =>
  Object.entries(step).filter(
    ([name, value]) => name !== "step" && typeof value === "number" && Number.isFinite(value),
  );
