import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { wideShape, widening, widenInto } from "../bfloat16";
import { replaceKernel } from "../replace-kernel";
import type { tf } from "../tf";
import { numbers } from "./heap";

export function bfloat16OnWasm(): void {
  replaceKernel(widening, "wasm", ({ inputs, backend }) => {
    const { pairs } = inputs as { pairs: tf.TensorInfo };
    const heap = backend as BackendWasm;
    const out = heap.makeOutput(wideShape(pairs), "float32"); // before any view: the heap may move when it grows
    widenInto(numbers(heap, out) as Float32Array, numbers(heap, pairs) as Int32Array);
    return out;
  });
}
