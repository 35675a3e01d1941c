import { wideShape, widening } from "../bfloat16";
import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";
import type { NativeBackend } from "./binding";

/**
 * TensorFlow has the type, and its Cast widens on all cores. TF.js has not, so that tensors of that type stay inside.
 */
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
      // [R, C/2, 2], the same memory.
      const halves = run("Bitcast", [type("T", TF_INT32), type("type", bfloat16)], [pairsId]);
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
