import { bfloat16OnCpu } from "./bfloat16";
import { activate, type Loader } from "../loader";
import { scatterOnCpu } from "./scatter";
import { segmentSumOnCpu } from "./segment-sum";
import { tf } from "../tf";

/**
 * Plain JavaScript. It is always there. Its matrix products have a fiftieth of the speed of wasm: it checks, but does
 * not train.
 */
export const cpu: Loader = {
  name: "cpu",
  async load() {
    await activate("cpu");
    segmentSumOnCpu();
    bfloat16OnCpu();
    scatterOnCpu();
    return { device: "cpu", version: `tfjs ${tf.version_core}` };
  },
};
