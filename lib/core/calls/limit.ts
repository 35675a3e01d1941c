/** Maps with at most `width` calls in flight, in the order of `items`. After a failure no call is started. */
export async function mapLimit<T, R>(
  items: readonly T[],
  width: number,
  call: (item: T, i: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [i, item] of queue) results[i] = await call(item, i);
  };
  try {
    await Promise.all(Array.from({ length: width }, worker));
  } finally {
    while (!queue.next().done); // drain what a failure left
  }
  return results;
}
