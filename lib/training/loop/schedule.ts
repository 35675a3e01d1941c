/**
 * The learning rate of a step, counted from 1. It rises linearly over `warmup` steps, then falls linearly from step
 * `decayFrom` · total to `final` of the peak at the end. `final` 1 is constant, as in the reference.
 */
export function learningRateAt(
  step: number,
  {
    peak,
    total,
    warmup = 0,
    decayFrom = 0,
    final = 1,
  }: { peak: number; total: number; warmup?: number; decayFrom?: number; final?: number },
): number {
  const rising = warmup > 0 ? Math.min(1, step / warmup) : 1;
  const start = Math.max(warmup, decayFrom * total);
  const done = total > start ? Math.min(1, Math.max(0, (step - start) / (total - start))) : 0;
  return peak * rising * (1 - done * (1 - final));
}
