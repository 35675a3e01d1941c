import type { Kernels } from "../kernels";
import { tf } from "../tf";

export const rotary: Kernels["rotary"] = (x, { cos, sin }) => {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([second, first], -1), sin));
};
