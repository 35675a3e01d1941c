import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Numbers } from "../segment-sum";
import type { tf } from "../tf";

/**
 * A view of a tensor's numbers in the heap. It is invalid after the next allocation, since the heap moves when it
 * grows.
 */
export function numbers(backend: BackendWasm, tensor: tf.TensorInfo): Numbers {
  return backend.typedArrayFromHeap(tensor) as Numbers;
}

/** The address of a tensor, in bytes from the start of the heap. */
export function pointer(backend: BackendWasm, tensor: tf.TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** The memory of tfjs's WebAssembly module, which its type does not mention. */
export function memory(backend: BackendWasm): object {
  const found = module(backend).asm?.memory;
  if (!found) throw new Error("tfjs's wasm module does not show its memory");
  return found;
}

/**
 * Makes a failed allocation throw. tfjs uses the null pointer that it gets as an address, and the new tensor then
 * overwrites others without an error.
 * @throws (later, from any operation) RangeError when the heap, of at most 4 GB, is full
 */
export function guardAllocation(backend: BackendWasm): void {
  const heap = module(backend);
  heap._free(heap._malloc(8)); // the first call replaces _malloc by the real one
  const allocate = heap._malloc;
  heap._malloc = (bytes) => {
    const at = allocate(bytes);
    if (at !== 0 || bytes === 0) return at;
    const used = Math.round(heap.HEAPU8.length / 1e6);
    throw new RangeError(
      `The wasm backend has no room for ${Math.round(bytes / 1e6)} MB more: ` +
        `its heap is ${used} MB and may be 4 GB at most. Use smaller batches or the native backend.`,
    );
  };
}

/** The exports of every Emscripten module. */
interface HeapModule {
  readonly asm?: { readonly memory?: object };
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
}

function module(backend: BackendWasm): HeapModule {
  return backend.wasm as unknown as HeapModule;
}

/** A block of the heap that grows to the largest size asked for and is kept. */
export function scratch(backend: BackendWasm): (bytes: number) => number {
  const heap = module(backend);
  let at = 0;
  let size = 0;
  return (bytes) => {
    if (bytes > size) {
      if (at !== 0) heap._free(at);
      at = size = 0; // in case the next line throws
      at = heap._malloc(bytes);
      size = bytes;
    }
    return at;
  };
}
