import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { replaceKernel } from "../replace-kernel";
import { segmentShape, segmentSum } from "../segment-sum";
import type { tf } from "../tf";
import { numbers } from "./heap";

/** Registers UnsortedSegmentSum, which the wasm backend lacks. */
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
