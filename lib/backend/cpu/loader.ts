import { bfloat16OnCpu } from "./bfloat16";
import { activate, type Loader } from "../loader";
import { scatterOnCpu } from "./scatter";
import { segmentSumOnCpu } from "./segment-sum";
import { tf } from "../tf";

/** Plain JavaScript: always there, a fiftieth of the speed of wasm in matrix products. For checking gradients, not for training. */
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
