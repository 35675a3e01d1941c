/** What an error of a graphics card means for the work that met it. */
export type CardFailure = "full" | "lost";

/** What TensorFlow, CUDA and our operations say of a card whose memory is full. */
const full = /the card has no room|OOM when allocating|RESOURCE_EXHAUSTED|failed to allocate|CUDA_ERROR_OUT_OF_MEMORY/i;

/** What they say of a card that computes no more in this process: a fault stays until the process ends. */
const lost =
  /CUDA_ERROR_|CUBLAS_STATUS_|the card failed|cuBLAS failed|CUDA error|device-side|GPU has fallen off the bus/i;

/**
 * Whether an error says that the card is full, or lost to this process; undefined for any other error. TensorFlow's
 * errors and those of our operations have no name of their own: an error that has one tells of another program's card.
 */
export function cardFailure(error: unknown): CardFailure | undefined {
  if (error instanceof Error && error.name !== "Error") return undefined;
  const text = error instanceof Error ? error.message : String(error);
  return full.test(text) ? "full" : lost.test(text) ? "lost" : undefined;
}

/** Whether it is the processor's memory that is full. */
export const isOnProcessor = (error: unknown): boolean => /device:CPU/.test(String(error));

/** The graphics card computes no more in this process. What is on disk is not affected. */
export class CardLost extends Error {
  override readonly name = "CardLost";
}
