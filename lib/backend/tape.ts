import { tf } from "./tf";

/** What is noted of an operation, for its gradient. The same record that tfjs makes, so that its gradients find ours and ours find its. */
export interface TapeNode {
  readonly id: number; // by which tfjs tells operations apart
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved?: readonly tf.Tensor[]; // kept until the gradient has been computed
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
}

/** The part of tfjs's engine that records: no part of its interface, and so pinned with its version. */
interface Engine {
  readonly backend: { incRef(dataId: object): void };
  readonly state: { activeTape: TapeNode[]; gradientDepth: number; kernelDepth: number; nextTapeNodeId: number };
  nextTensorId(): number;
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
}

const engine = (): Engine => tf.engine() as unknown as Engine;

/** Runs f and notes its operations, apart from those of a recording that goes on around it. What f does not return is disposed of, unless kept. */
export function record<T extends tf.Tensor>(f: () => T): { value: T; tape: readonly TapeNode[] } {
  const { state } = engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  const tape: TapeNode[] = [];
  Object.assign(state, { activeTape: tape, gradientDepth: 1, kernelDepth: 0 });
  try {
    return { value: tf.tidy(f), tape };
  } catch (error) {
    tape.forEach(({ saved }) => tf.dispose([...(saved ?? [])]));
    throw error;
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/** Whether operations are being noted. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** Adds to what is being noted. */
export function note(node: Omit<TapeNode, "id">): void {
  const { state } = engine();
  state.activeTape.push({ id: state.nextTapeNodeId++, ...node });
}

/** Runs f without noting its operations: no gradient flows through them. */
export function unrecorded<T>(f: () => T): T {
  const { state } = engine();
  state.kernelDepth += 1;
  try {
    return f();
  } finally {
    state.kernelDepth -= 1;
  }
}

/** Another tensor of the same numbers and the same memory, as `tf.clone` makes it, but without an operation that is noted. The caller owns it. */
export function alias<T extends tf.Tensor>({ dataId, shape, dtype }: T): T {
  const tfjs = engine();
  tfjs.backend.incRef(dataId);
  return tfjs.makeTensorFromTensorInfo({ dataId, shape, dtype }) as T;
}

/** A number above the id of every tensor that there is, and below that of every tensor to come. */
export const nextId = (): number => engine().nextTensorId();
