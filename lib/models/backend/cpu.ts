import { activate, type Loader } from "./loader";
import { segmentSumOnCpu } from "./segment-sum";
import { tf } from "./tf";

/** Plain JavaScript: always there, a fortieth of the speed of wasm. For checking gradients, not for training. */
export const cpu: Loader = {
  name: "cpu",
  async load() {
    await activate("cpu");
    segmentSumOnCpu();
    return { device: "cpu", version: `tfjs ${tf.version_core}` };
  },
};
