import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const collectorDefaults = {
  grown: 48e6, // bytes of JavaScript values since the last collection; compiling a cell leaves some 300,000
  // A share of what the last collection left, where that is more: a large notebook is not collected all the time.
  share: 0.5,
};

/**
 * Runs the garbage collector when cells have left much garbage. Compiling leaves a program of the compiler behind with
 * each cell, and Node, which may use gigabytes, would let hundreds of megabytes of them gather.
 *
 * @returns called after each cell
 */
export function createCollector({ grown, share } = collectorDefaults): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let left: number | undefined;
  return () => {
    const used = process.memoryUsage().heapUsed;
    if (left !== undefined && used < left + Math.max(grown, left * share)) return;
    if (left !== undefined) collect();
    left = process.memoryUsage().heapUsed;
  };
}
