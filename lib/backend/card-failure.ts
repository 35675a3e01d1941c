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

/** One line of an error. TensorFlow's errors begin with a line that holds nothing but a number. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").filter((line) => line !== "" && !/^Invalid TF_Status: \d+$/.test(line));
  return (lines[0] ?? text).replace(/^Message: /, "");
}

/** `the graphics card`, or the machine's memory where it is the processor's that is full. */
export const fullPlace = (error: unknown): string =>
  isOnProcessor(error) ? "this machine's memory" : "the graphics card";

/**
 * An error of the card in words that say what it means and what to do. Any other error is returned as it is.
 *
 * @param where the function that errors name
 * @param advice what takes less memory, a sentence
 */
export function cardTold(error: unknown, where: string, advice: string): unknown {
  const failure = cardFailure(error);
  if (failure === undefined) return error;
  const words = wordsOf(error).replace(/\.$/, "");
  return failure === "full"
    ? new RangeError(`${where}: ${fullPlace(error)} is full (${words}). ${advice}`, { cause: error })
    : new CardLost(
        `${where}: the graphics card computes no more in this process (${words}). Start the process again.`,
        { cause: error },
      );
}
