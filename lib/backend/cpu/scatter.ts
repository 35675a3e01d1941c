import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";
import type { CpuBackend } from "./backend";

let stock: tf.KernelConfig["kernelFunc"] | undefined;

/** TensorScatterUpdate for the plain cpu backend. The stock kernel writes the updates into the memory of its input. */
export function scatterOnCpu(): void {
  const original = (stock ??= tf.getKernel("TensorScatterUpdate", "cpu").kernelFunc);
  replaceKernel("TensorScatterUpdate", "cpu", (call) => {
    const { tensor, ...others } = call.inputs as Record<"tensor" | "indices" | "updates", tf.TensorInfo>;
    const cpu = call.backend as CpuBackend;
    const copy = cpu.makeTensorInfo(tensor.shape, tensor.dtype, cpu.data.get(tensor.dataId).values.slice());
    const result = original({ ...call, inputs: { ...others, tensor: copy } });
    cpu.disposeIntermediateTensorInfo(copy);
    return result;
  });
}
