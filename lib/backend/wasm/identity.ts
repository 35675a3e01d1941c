import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { replaceKernel } from "../replace-kernel";
import { tf } from "../tf";

/**
 * Identity for the wasm backend, which is what `clone` is, and what every gradient does to what it saves. The stock
 * kernel copies the numbers; no tensor is ever written to again, so that this one shares them, as all other backends
 * do.
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
