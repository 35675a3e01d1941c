import { nativeBackend, nativeProcessor, type NativeBackend } from "./binding";
import { tf } from "../tf";

/** Operations of ours that set-up compiles into the addon: the C++ files of native-cpu/ and of cuda/. */
export interface Operations {
  /**
   * Runs an operation by its name. Inputs are tensors or lists of numbers. The attributes `epsilon`, `scale` and
   * `temperature` are floats, all others integers. The caller owns the results.
   * @throws Error from TensorFlow, with the shapes of the inputs, if these do not fit together
   */
  run(
    name: string,
    inputs: readonly (tf.Tensor | Int32Array | Float32Array)[],
    outputs: number,
    attributes?: Readonly<Record<string, number>>,
  ): tf.Tensor[];
}

const floats: ReadonlySet<string> = new Set(["epsilon", "scale", "temperature"]);

const known = new WeakMap<NativeBackend, Operations | undefined>();

/** Our operations, if native TensorFlow on the processor is the backend in use and its addon has them. */
export function nativeOperations(): Operations | undefined {
  const backend = nativeProcessor();
  if (!backend) return undefined;
  if (!known.has(backend))
    known.set(backend, isRegistered(() => packsNothing(backend)) ? operationsOf(backend) : undefined);
  return known.get(backend);
}

/** The CUDA operations in their emulation on the processor, where the addon has it. They are for tests: it is slow. */
export function emulatedOperations(): Operations | undefined {
  const backend = nativeBackend();
  if (!backend) return undefined;
  const operations = operationsOf(backend, "emulation");
  return isRegistered(() => tf.dispose(operations.run("DecoderCard", [new Float32Array(1)], 1)))
    ? operations
    : undefined;
}

/**
 * All operations of a backend.
 *
 * @param label of the kernels, where they are registered under one
 */
export function operationsOf(backend: NativeBackend, label?: string): Operations {
  const { createTensor, deleteTensor, executeOp } = backend.binding;
  const { TF_ATTR_FLOAT, TF_ATTR_INT, TF_ATTR_STRING, TF_FLOAT, TF_INT32 } = backend.binding;
  const labelled = label === undefined ? [] : [{ name: "_kernel", type: TF_ATTR_STRING, value: label }];
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
        return executeOp(name, [...values, ...labelled], ids, outputs).map((made) => backend.createOutputTensor(made));
      } finally {
        own.forEach((id) => deleteTensor(id));
      }
    },
  };
}

/** Whether `call` finds its operation, and a kernel of it for the device in use. */
export function isRegistered(call: () => void): boolean {
  return tf.tidy(() => {
    try {
      call();
      return true;
    } catch (error) {
      // What versions of TensorFlow say where the addon lacks the operation, or the device a kernel of it.
      if (/not? registered|neither a type of a primitive operation|Could not find/i.test(String(error))) return false;
      throw error;
    }
  });
}

/** Runs the newest operation of the processor. */
function packsNothing(backend: NativeBackend): void {
  const transpose = { name: "transpose_b", type: backend.binding.TF_ATTR_INT, value: 0 };
  backend.executeSingleOutput("DecoderPack", [transpose], [tf.zeros([1, 32])]);
}
