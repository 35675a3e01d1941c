/**
 * The first entry in [from, end) whose record is at least `record`, or `end`. Steps double, then halve (galloping
 * search).
 */
export function seek(documents: Uint32Array, record: number, from: number, end: number): number {
  if (from >= end || documents[from]! >= record) return from;
  let [low, step] = [from, 1];
  while (low + step < end && documents[low + step]! < record) [low, step] = [low + step, step * 2];
  let high = Math.min(low + step, end);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (documents[middle]! < record) low = middle + 1;
    else high = middle;
  }
  return low;
}
