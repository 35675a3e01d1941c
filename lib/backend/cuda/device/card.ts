import { reason } from "../../loader";
import type { NativeBackend } from "../../native/binding";
import { isRegistered, operationsOf, type Operations } from "../../native/operations";
import { rooms, tensorCoreRooms, type Room } from "./rooms";

/** What our CUDA operations can do on the card that native TensorFlow uses. */
export interface Card {
  readonly operations: Operations;
  readonly capability: string; // compute capability, as "9.0"
  readonly refused: readonly Room[]; // whose kernels did not compile for it
}

const known = new WeakMap<NativeBackend, Card | string>();

/**
 * The card in use, or one sentence why our operations do not run on it: TF.js operations then do the work. The first
 * call compiles our kernels for this card, or reads them from the cache.
 */
export function cardOf(backend: NativeBackend): Card | string {
  const before = known.get(backend);
  if (before !== undefined) return before;
  const found = lookAt(operationsOf(backend), (call) => isRegistered(call));
  known.set(backend, found);
  return found;
}

/** Asks the operation that reports on the card. Exported for its tests. */
export function lookAt(operations: Operations, registered: (call: () => void) => boolean): Card | string {
  let numbers: readonly number[] = [];
  try {
    const there = registered(() => {
      const [report] = operations.run("DecoderCard", [new Float32Array(1)], 1);
      numbers = [...report!.dataSync()];
      report!.dispose();
    });
    if (!there) return "the addon has no CUDA operations of ours: the compiler refused them";
  } catch (error) {
    return `our CUDA operations do not start: ${reason(error)}`;
  }
  const [number = 0, ...compiled] = numbers;
  if (compiled.length !== rooms.length)
    return "the addon was built from other sources than these. Run `node lib/setup/main.js` to build it again";
  const [capability, refused] = [(number / 10).toFixed(1), rooms.filter((_, i) => compiled[i] === 0)];
  if (refused.length === rooms.length)
    return `none of our CUDA kernels compiled for compute capability ${capability} (the reason is on stderr)`;
  return { operations, capability, refused };
}

/** What is slower than it could be, a sentence each. */
export const shortcomings = (card: Card | string): string[] => {
  if (typeof card === "string") return [`native: ${card}. TF.js operations take their place, 3 to 5 times slower.`];
  return card.refused.map(
    (room) =>
      `native: the CUDA kernels of ${room} did not compile for compute capability ${card.capability} ` +
      `(the compiler's words are on stderr). ` +
      `${tensorCoreRooms.includes(room) ? "Kernels without tensor cores" : "TF.js operations"} take their place.`,
  );
};
