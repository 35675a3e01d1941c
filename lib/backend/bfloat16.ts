import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { replaceKernel } from "./replace-kernel";
import type { NativeBackend } from "./native/binding";
import type { CpuBackend } from "./wasm/segment-sum";
import { tf } from "./tf";
import { numbers } from "./wasm/heap";

/**
 * Matrices whose numbers are kept as bfloat16, the upper half of a float32. tfjs has no such type, so two
 * neighbours of a row lie in one int32, the first in its lower half: [R, C] is kept as int32 [R, C/2].
 */
const widening = "WidenBfloat16";

/** Whether the backend in use can widen such matrices. */
export const keepsBfloat16 = (): boolean => tf.getKernel(widening, tf.getBackend()) !== undefined;

/** The float32 [R, C] of an int32 [R, C/2], exactly. Not differentiable. The caller owns it. */
export const widen = (pairs: tf.Tensor2D): tf.Tensor2D =>
  tf.engine().runKernel(widening, { pairs }) as unknown as tf.Tensor2D;

const wideShape = ({ shape: [rows, pairs] }: tf.TensorInfo): [number, number] => [rows!, 2 * pairs!];

/** Widens `pairs` into `wide`, which has room for twice as many numbers. */
export function widenInto(wide: Float32Array, pairs: Int32Array): void {
  const bits = new Int32Array(wide.buffer, wide.byteOffset, wide.length);
  for (let i = 0; i < pairs.length; i++) {
    bits[2 * i] = pairs[i]! << 16;
    bits[2 * i + 1] = pairs[i]! & ~0xffff;
  }
}

export function bfloat16OnCpu(): void {
  replaceKernel(widening, "cpu", ({ inputs, backend }) => {
    const { pairs } = inputs as { pairs: tf.TensorInfo };
    const cpu = backend as CpuBackend;
    const wide = new Float32Array(2 * tf.util.sizeFromShape(pairs.shape));
    widenInto(wide, cpu.data.get(pairs.dataId).values as Int32Array);
    return cpu.makeTensorInfo(wideShape(pairs), "float32", wide);
  });
}

export function bfloat16OnWasm(): void {
  replaceKernel(widening, "wasm", ({ inputs, backend }) => {
    const { pairs } = inputs as { pairs: tf.TensorInfo };
    const heap = backend as BackendWasm;
    const out = heap.makeOutput(wideShape(pairs), "float32"); // before any view: the heap may move when it grows
    widenInto(numbers(heap, out) as Float32Array, numbers(heap, pairs) as Int32Array);
    return out;
  });
}

/** TensorFlow knows the type: its Cast widens on all cores. Tensors of that type never reach tfjs, which would refuse them. */
export function bfloat16OnNative(): void {
  replaceKernel(widening, "tensorflow", ({ inputs, backend }) => {
    const { pairs } = inputs as { pairs: tf.Tensor2D };
    const native = backend as NativeBackend;
    const { executeOp, deleteTensor, TF_ATTR_TYPE, TF_ATTR_BOOL, TF_FLOAT, TF_INT32 } = native.binding;
    const type = (name: string, value: number) => ({ name, type: TF_ATTR_TYPE, value });
    const made: number[] = [];
    const run = (operation: string, attributes: readonly object[], ids: readonly number[]): number => {
      const { id } = executeOp(operation, attributes, ids, 1)[0]!;
      made.push(id);
      return id;
    };
    const shape = tf.tensor1d(wideShape(pairs), "int32");
    try {
      const [pairsId, shapeId] = native.getInputTensorIds([pairs, shape]) as [number, number];
      const halves = run("Bitcast", [type("T", TF_INT32), type("type", bfloat16)], [pairsId]); // [R, C/2, 2], the same memory
      const rows = run("Reshape", [type("T", bfloat16), type("Tshape", TF_INT32)], [halves, shapeId]);
      return native.createOutputTensor(
        executeOp(
          "Cast",
          [type("SrcT", bfloat16), type("DstT", TF_FLOAT), { name: "Truncate", type: TF_ATTR_BOOL, value: false }],
          [rows],
          1,
        )[0]!,
      );
    } finally {
      made.forEach(deleteTensor);
      shape.dispose();
    }
  });
}

/** DT_BFLOAT16 of TensorFlow's types.proto. */
const bfloat16 = 14;
