import { tf } from "./tf";

/** Numbers of a tensor where they lie. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/**
 * UnsortedSegmentSum, the gradient of `gather`, for the backends that cannot do it: wasm has no such
 * kernel, and the one of the plain cpu backend compares every row with every segment.
 *
 *   sum[s, c] = Σ_{n : segment[n] = s} x[n, c]
 *
 * @param x N rows of `width` numbers
 * @param segments [N] row of `sum` that takes x[n]; negative: dropped
 * @param sum S rows of `width` numbers, overwritten
 * @throws RangeError for a segment that is not below S
 */
export function segmentSum(x: Numbers, segments: Numbers, sum: Numbers, width: number): void {
  sum.fill(0);
  const rows = width === 0 ? 0 : sum.length / width;
  for (let n = 0; n < segments.length; n++) {
    const segment = segments[n]!;
    if (segment >= rows)
      throw new RangeError(`unsortedSegmentSum: segment ${segment} of row ${n} is not below numSegments, ${rows}.`);
    if (segment < 0) continue;
    for (let from = n * width, to = segment * width, end = from + width; from < end; from++, to++) sum[to]! += x[from]!;
  }
}

/** Shape of the result, and numbers per row. Segment ids may have several axes: they are leading axes of x. */
export function segmentShape(x: tf.TensorInfo, segmentIds: tf.TensorInfo, { numSegments }: { numSegments: number }) {
  const row = x.shape.slice(segmentIds.shape.length);
  return { shape: [numSegments, ...row], width: tf.util.sizeFromShape(row) };
}
