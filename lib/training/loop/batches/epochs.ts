import { random } from "../../../core/random";

/**
 * The items of step `step` (from 1): every epoch is its own shuffle, read in batches, the incomplete last one
 * dropped, as verl's data loader does. A function of the seed and the step alone, so a run resumes anywhere.
 */
export function batchAt<T>(items: readonly T[], size: number, step: number, seed: number): T[] {
  if (!items.length)
    throw new RangeError("batchAt: there are no problems to train on. Load a task with a non-empty split.");
  if (items.length < size) return repeatTo(size, items, step, seed);
  const perEpoch = Math.floor(items.length / size);
  const epoch = Math.floor((step - 1) / perEpoch);
  const from = ((step - 1) % perEpoch) * size;
  return random(seed)
    .fork("epoch", epoch)
    .shuffle(items)
    .slice(from, from + size);
}

/** Fewer items than a batch needs: each step goes through them as often as it takes. */
function repeatTo<T>(size: number, items: readonly T[], step: number, seed: number): T[] {
  const rounds = Array.from({ length: Math.ceil(size / items.length) }, (_, round) =>
    random(seed).fork("small", step, round).shuffle(items),
  );
  return rounds.flat().slice(0, size);
}
