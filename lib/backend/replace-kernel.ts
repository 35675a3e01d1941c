import { tf } from "./tf";

type KernelFunc = tf.KernelConfig["kernelFunc"];

/** Makes `kernelFunc` compute `kernelName` on a backend of tfjs, in place of what did before. */
export function replaceKernel(kernelName: string, backendName: string, kernelFunc: KernelFunc): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}
