import { nativeProcessor, type NativeBackend } from "./native-binding";
import { tf } from "./tf";

/** Operations of ours that set-up has compiled into the addon: decoder-ops.cc, training-ops.cc. */
export interface OwnOperations {
  /** Runs one. Attributes are floats by the name `epsilon`, else integers. The caller owns the results. */
  run(name: string, inputs: readonly tf.Tensor[], outputs: number, attributes?: Readonly<Record<string, number>>): tf.Tensor[];
}

const known = new WeakMap<NativeBackend, OwnOperations | undefined>();

/** Our operations, where native TensorFlow computes on the processor with an addon that has them. Else what they do is composed of tfjs's. */
export function ownOperations(): OwnOperations | undefined {
  const backend = nativeProcessor();
  if (!backend) return undefined;
  if (!known.has(backend)) known.set(backend, registered(backend) ? operationsOf(backend) : undefined);
  return known.get(backend);
}

function operationsOf(backend: NativeBackend): OwnOperations {
  const { executeOp, TF_ATTR_FLOAT, TF_ATTR_INT } = backend.binding;
  return {
    run(name, inputs, outputs, attributes = {}) {
      const values = Object.entries(attributes).map(([key, value]) => ({ name: key, type: key === "epsilon" ? TF_ATTR_FLOAT : TF_ATTR_INT, value }));
      return executeOp(name, values, backend.getInputTensorIds(inputs), outputs).map((made) => backend.createOutputTensor(made));
    },
  };
}

function registered(backend: NativeBackend): boolean {
  return tf.tidy(() => {
    try {
      backend.executeSingleOutput("DecoderGateGrad", [], [tf.zeros([1, 2]), tf.zeros([1, 1])]);
      return true;
    } catch (error) {
      if (/not registered|neither a type of a primitive operation/.test(String(error))) return false; // an addon from before them, in the words of two versions of TensorFlow
      throw error;
    }
  });
}
