import { isHalf, widen } from "../bfloat16";
import type { Kernels } from "../kernels";
import { tf } from "../tf";

export const embedding: Kernels["embedding"] = (matrix, ids) =>
  tf.tidy(() => (isHalf(matrix) ? widen(tf.gather(matrix, ids)) : tf.gather(matrix, ids)));
