import { replaceKernel } from "../replace-kernel";
import { segmentShape, segmentSum } from "../segment-sum";
import { tf } from "../tf";
import type { CpuBackend } from "./backend";

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
