import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";

/**
 * Identity for the wasm backend: `clone` uses it, and so does every gradient for the tensors that it saves. The stock
 * kernel copies the numbers. No tensor is written to again, so this kernel shares them, as all other backends do.
 */
export function identityOnWasm(): void {
  const { kernelFunc: stock } = tf.getKernel("Identity", "wasm");
  replaceKernel("Identity", "wasm", (call) => {
    const { dataId, shape, dtype } = (call.inputs as { x: tf.TensorInfo }).x;
    if (dtype === "string") return stock(call);
    (call.backend as BackendWasm).incRef(dataId);
    return { dataId, shape, dtype };
  });
}
