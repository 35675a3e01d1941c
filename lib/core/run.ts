/** A run that takes time, step by step; one that knows its length says it before its first step. */
export type Run<Step> = AsyncGenerator<Step, void> & {
  readonly total?: number; // steps of the whole run, those before a resume included
  readonly label?: string; // what is counted: "step", "query"
  readonly repeated?: number; // of those so far, how many an earlier run made: they took no time of this one
};

/**
 * `steps` as a run of `total` steps. A total that is no count is left out: the run refuses it itself at its first step,
 * where its other settings are checked too. `repeated` counts those steps so far that an earlier run made.
 */
export function runOf<Step>(
  steps: AsyncGenerator<Step, void>,
  total: unknown,
  label = "step",
  repeated?: () => number,
): Run<Step> {
  const known = Number.isSafeInteger(total) && Number(total) >= 0;
  const run = Object.assign(steps, { label, ...(known && { total: Number(total) }) });
  return repeated ? Object.defineProperty(run, "repeated", { get: repeated, enumerable: true }) : run;
}
