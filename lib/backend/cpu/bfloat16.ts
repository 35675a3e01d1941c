import { wideShape, widening, widenInto } from "../bfloat16";
import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";
import type { CpuBackend } from "./backend";

export function bfloat16OnCpu(): void {
  replaceKernel(widening, "cpu", ({ inputs, backend }) => {
    const { pairs } = inputs as { pairs: tf.TensorInfo };
    const cpu = backend as CpuBackend;
    const wide = new Float32Array(2 * tf.util.sizeFromShape(pairs.shape));
    widenInto(wide, cpu.data.get(pairs.dataId).values as Int32Array);
    return cpu.makeTensorInfo(wideShape(pairs), "float32", wide);
  });
}
