import { tf } from "./tf";

/** Where tensors can live: TensorFlow's C library, a GPU through WebGPU, WebAssembly, plain JavaScript. */
export const backendNames = ["native", "webgpu", "wasm", "cpu"] as const;
/** Where numbers can be computed. */
export type BackendName = (typeof backendNames)[number];

/** What a loader knows once its backend is the current one. */
export interface Loaded {
  readonly device: "cpu" | "gpu";
  readonly version: string; // of the library that computes, e.g. "TensorFlow 2.21.0"
  readonly precision?: "f32" | "tf32" | "bf16"; // of matrix products on a card
  readonly vectors?: string; // width of the vectors that our own kernels use on the processor, e.g. "avx2"
  readonly noCard?: string; // why the processor computes where a card was to, and what to do
  readonly why?: readonly string[]; // what is slower than it could be, and what to do, a sentence each
}

/**
 * One way to compute. `load` makes it tfjs's current backend, or throws an Error saying why it cannot and what to do.
 */
export interface Loader {
  readonly name: BackendName;
  load(): Promise<Loaded>;
}

/** Makes `name` the current backend of tfjs. Throws if tfjs could not start it. */
export async function activate(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its backend "${name}"`);
}

/** The message of whatever was thrown, on one line, without the files that asked for a module. */
export function reason(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null)?.message;
  return String(message ?? thrown)
    .split("Require stack:")[0]!
    .replace(/\s+/g, " ")
    .trim();
}
