import type { Backend } from "./choose";
import { spareOf } from "./cuda/device/spare";
import { nativeBackend } from "./native/binding";
import { cardMemory } from "./native/card-memory";
import { operationsOf } from "./native/operations";
import { composed } from "./composed/kernels";
import type { ActivationCounts } from "./kernels";
import { kernels } from "./kernels-in-use";
import { tf } from "./tf";

/** The part of a backend that says where its tensors are. */
export type Place = Pick<Backend, "name" | "device"> & Partial<Pick<Backend, "precision">>;

/** Bytes that wasm's heap of 4 GB has for tensors. */
const wasmHeap = 3.8e9;

/** Bytes that are free for tensors of a backend. Undefined where it cannot be known. */
export function availableMemory({ name, device }: Place): number | undefined {
  if (name === "wasm") return Math.min(wasmHeap - tf.memory().numBytes, hostMemory());
  if (device !== "gpu") return hostMemory();
  const [free, native] = [cardMemory(), nativeBackend()];
  return free === undefined || !native ? free : free + spareOf(operationsOf(native));
}

/** What to do where a model does not fit. */
export const smallerAdvice = ({ name, device }: Place): string =>
  name === "wasm"
    ? "Use the native backend, or a smaller model."
    : device === "gpu"
      ? "See with nvidia-smi what else holds the card's memory, or use a smaller model."
      : "Close what else runs, or use a smaller model.";

/**
 * Numbers of the largest copy that a backend makes of a decoder's matrices while they are loaded and first used: native
 * TensorFlow copies each packed matrix from JavaScript's memory, and TF.js's wasm kernels keep a copy of the embedding.
 *
 * @param packed numbers of the largest packed matrix
 * @param vocabulary numbers of the embedding
 */
export const largestCopy = ({ name }: Place, packed: number, vocabulary: number): number =>
  ({ native: packed, wasm: Math.max(vocabulary, packed), cpu: 0, webgpu: 0 })[name];

/**
 * What the forward pass keeps on a backend; native TensorFlow has kernels of its own only while it is in use.
 *
 * @param frozen whether matrices are kept as bfloat16
 */
export function activationCounts({ name, precision }: Place, frozen?: "bf16"): ActivationCounts {
  const { activations } = name === "native" ? kernels() : composed;
  return frozen && precision === "bf16" ? { ...activations, ...activations.halves } : activations;
}

/** What the system would give this process, a container's limit included. */
const hostMemory = (): number => process.availableMemory();
