import { nativeProcessor, type NativeBackend } from "./binding";
import { tf } from "../tf";

/** Operations of ours that set-up compiles into the addon: the C++ files of native-cpu/. */
export interface Operations {
  /**
   * Runs an operation by its name. Inputs are tensors or lists of numbers. The attributes `epsilon` and `scale` are
   * floats, all others integers. The caller owns the results.
   * @throws Error from TensorFlow, with the shapes of the inputs, if these do not fit together
   */
  run(
    name: string,
    inputs: readonly (tf.Tensor | Int32Array | Float32Array)[],
    outputs: number,
    attributes?: Readonly<Record<string, number>>,
  ): tf.Tensor[];
}

const floats: ReadonlySet<string> = new Set(["epsilon", "scale"]);

const known = new WeakMap<NativeBackend, Operations | undefined>();

/** Our operations, if native TensorFlow on the processor is the backend in use and its addon has them. */
export function nativeOperations(): Operations | undefined {
  const backend = nativeProcessor();
  if (!backend) return undefined;
  if (!known.has(backend)) known.set(backend, registered(backend) ? operationsOf(backend) : undefined);
  return known.get(backend);
}

function operationsOf(backend: NativeBackend): Operations {
  const { createTensor, deleteTensor, executeOp, TF_ATTR_FLOAT, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = backend.binding;
  return {
    run(name, inputs, outputs, attributes = {}) {
      const values = Object.entries(attributes).map(([key, value]) => ({
        name: key,
        type: floats.has(key) ? TF_ATTR_FLOAT : TF_ATTR_INT,
        value,
      }));
      const own: number[] = []; // ids of the lists
      try {
        const ids = inputs.map((input) => {
          if (!ArrayBuffer.isView(input)) return backend.getInputTensorIds([input])[0]!;
          own.push(createTensor([input.length], input instanceof Int32Array ? TF_INT32 : TF_FLOAT, input));
          return own.at(-1)!;
        });
        return executeOp(name, values, ids, outputs).map((made) => backend.createOutputTensor(made));
      } finally {
        own.forEach((id) => deleteTensor(id));
      }
    },
  };
}

function registered(backend: NativeBackend): boolean {
  return tf.tidy(() => {
    try {
      const transpose = { name: "transpose_b", type: backend.binding.TF_ATTR_INT, value: 0 };
      backend.executeSingleOutput("DecoderPack", [transpose], [tf.zeros([1, 32])]); // the newest of them
      return true;
    } catch (error) {
      // What two versions of TensorFlow say where the addon lacks the operation.
      if (/not registered|neither a type of a primitive operation/.test(String(error))) return false;
      throw error;
    }
  });
}
