import type { Numbers } from "../segment-sum";
import type { tf } from "../tf";

/** The part of tfjs's cpu backend that kernels use; its package exports no type of it here. */
export interface CpuBackend {
  readonly data: { get(dataId: object): { values: Numbers } };
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: Numbers): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
}
