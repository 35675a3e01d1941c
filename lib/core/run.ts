/** A run that takes time, step by step; one that knows its length says it before its first step. */
export type Run<Step> = AsyncGenerator<Step, void> & {
  readonly total?: number; // steps of the whole run, those before a resume included
  readonly label?: string; // what is counted: "step", "query"
};

/**
 * `steps` as a run of `total` steps. A total that is no count is left out: the run refuses it itself at its first step,
 * where its other settings are checked too.
 */
export function runOf<Step>(steps: AsyncGenerator<Step, void>, total: unknown, label = "step"): Run<Step> {
  const known = Number.isSafeInteger(total) && Number(total) >= 0;
  return Object.assign(steps, { label, ...(known && { total: Number(total) }) });
}
