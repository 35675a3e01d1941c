/** Places of a list with the same item, one after the other. */
export interface EqualRun<T> {
  readonly item: T;
  readonly from: number; // place of the first
  readonly count: number;
}

/** A list as runs of equal items: ["a", "a", "b"] has two. */
export function equalRuns<T>(items: readonly T[]): EqualRun<T>[] {
  const runs: EqualRun<T>[] = [];
  items.forEach((item, place) => {
    const last = runs.at(-1);
    if (last && last.item === item) runs.push({ ...runs.pop()!, count: last.count + 1 });
    else runs.push({ item, from: place, count: 1 });
  });
  return runs;
}
