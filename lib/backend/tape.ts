import { tf } from "./tf";

/** A recorded operation, in the form of TF.js, so that gradients of TF.js and of this folder read the same tape. */
export interface TapeNode {
  readonly id: number; // by which tfjs tells operations apart
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly saved?: readonly tf.Tensor[]; // kept until the gradient has been computed
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
}

/** The part of the TF.js engine that records. It is not public, so that it holds for the pinned version only. */
interface Engine {
  readonly backend: { incRef(dataId: object): void };
  readonly state: { activeTape: TapeNode[]; gradientDepth: number; kernelDepth: number; nextTapeNodeId: number };
  nextTensorId(): number;
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
}

const engine = (): Engine => tf.engine() as unknown as Engine;

/**
 * Runs f and records its operations on a tape of their own. A recording that is in progress does not get them. Tensors
 * that f makes and does not return are disposed of, except those that are kept.
 */
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

/** Whether operations are being recorded. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** Adds an operation to the tape. */
export function note(node: Omit<TapeNode, "id">): void {
  const { state } = engine();
  state.activeTape.push({ id: state.nextTapeNodeId++, ...node });
}

/** Runs f without recording its operations: no gradient flows through them. */
export function unrecorded<T>(f: () => T): T {
  const { state } = engine();
  state.kernelDepth += 1;
  try {
    return f();
  } finally {
    state.kernelDepth -= 1;
  }
}

/** Another tensor with the same memory, like `tf.clone` but without a recorded operation. The caller owns it. */
export function alias<T extends tf.Tensor>({ dataId, shape, dtype }: T): T {
  const tfjs = engine();
  tfjs.backend.incRef(dataId);
  return tfjs.makeTensorFromTensorInfo({ dataId, shape, dtype }) as T;
}

/** A number above the id of every tensor that there is, and below that of every tensor to come. */
export const nextId = (): number => engine().nextTensorId();
