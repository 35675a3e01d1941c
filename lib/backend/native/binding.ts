import { tf } from "../tf";

/** Makes a tensor of TensorFlow's. Returns its id. */
export type CreateTensor = (
  this: void,
  shape: readonly number[],
  type: number,
  values: Int32Array | Float32Array,
) => number;

/** The part of the addon's backend that runs operations of TensorFlow by name. Ids are of tensors within TensorFlow. */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string } & Readonly<
    Record<
      "TF_ATTR_TYPE" | "TF_ATTR_STRING" | "TF_ATTR_BOOL" | "TF_ATTR_INT" | "TF_ATTR_FLOAT" | "TF_FLOAT" | "TF_INT32",
      number
    >
  > & {
      executeOp(
        this: void,
        name: string,
        attributes: readonly object[],
        inputs: readonly number[],
        outputs: number,
      ): { id: number }[];
      createTensor: CreateTensor;
      deleteTensor(this: void, id: number): void;
    };
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly tf.TensorInfo[]): tf.TensorInfo;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(made: { id: number }): tf.Tensor;
}

/** TensorFlow's C library, if it is the backend in use. */
export const nativeBackend = (): NativeBackend | undefined =>
  tf.getBackend() === "tensorflow" ? (tf.backend() as unknown as NativeBackend) : undefined;

/** The same, if it computes on the processor. */
export function nativeProcessor(): NativeBackend | undefined {
  const backend = nativeBackend();
  return backend?.isUsingGpuDevice ? undefined : backend;
}

/** The attribute `name`, which is a type: float32. */
export const floatType = ({ binding: { TF_ATTR_TYPE, TF_FLOAT } }: NativeBackend, name = "T") => ({
  name,
  type: TF_ATTR_TYPE,
  value: TF_FLOAT,
});
