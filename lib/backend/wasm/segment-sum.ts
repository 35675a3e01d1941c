import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";
import { numbers, type Numbers } from "./heap";

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

/** Replaces the kernel of the plain cpu backend. */
export function segmentSumOnCpu(): void {
  replaceKernel("UnsortedSegmentSum", "cpu", ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    const cpu = backend as CpuBackend;
    const { shape, width } = segmentShape(x, segmentIds, attrs as { numSegments: number });
    const size = tf.util.sizeFromShape(shape);
    const sum = x.dtype === "int32" ? new Int32Array(size) : new Float32Array(size);
    segmentSum(cpu.data.get(x.dataId).values, cpu.data.get(segmentIds.dataId).values, sum, width);
    return cpu.makeTensorInfo(shape, x.dtype, sum);
  });
}

/** Gives the wasm backend the kernel it lacks. */
export function segmentSumOnWasm(): void {
  replaceKernel("UnsortedSegmentSum", "wasm", ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    const heap = backend as BackendWasm;
    const { shape, width } = segmentShape(x, segmentIds, attrs as { numSegments: number });
    const sum = heap.makeOutput(shape, x.dtype); // before any view: the heap may move when it grows
    segmentSum(numbers(heap, x), numbers(heap, segmentIds), numbers(heap, sum), width);
    return sum;
  });
}

/** Shape of the result, and numbers per row. Segment ids may have several axes: they are leading axes of x. */
export function segmentShape(x: tf.TensorInfo, segmentIds: tf.TensorInfo, { numSegments }: { numSegments: number }) {
  const row = x.shape.slice(segmentIds.shape.length);
  return { shape: [numSegments, ...row], width: tf.util.sizeFromShape(row) };
}

/** The part of tfjs's cpu backend that kernels use; its package exports no type of it here. */
export interface CpuBackend {
  readonly data: { get(dataId: object): { values: Numbers } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Numbers): tf.TensorInfo;
}
