import type { Operations } from "../../native/operations";

/**
 * Bytes of the card that TensorFlow holds for tensors to come. What tensors leave stays with TensorFlow, so that
 * nvidia-smi does not count it as free. 0 where that cannot be known.
 */
export function spareOf(operations: Operations): number {
  try {
    const [kilobytes] = operations.run("DecoderCardSpare", [new Float32Array(1)], 1);
    const [number = 0] = kilobytes!.dataSync();
    kilobytes!.dispose();
    return number * 1024;
  } catch {
    return 0; // the addon lacks the operation, or the card computes no more
  }
}
