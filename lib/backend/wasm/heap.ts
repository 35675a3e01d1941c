import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Numbers } from "../segment-sum";
import type { tf } from "../tf";

/** The numbers of a tensor where they lie. Void after the next allocation: the heap moves when it grows. */
export function numbers(backend: BackendWasm, tensor: tf.TensorInfo): Numbers {
  return backend.typedArrayFromHeap(tensor) as Numbers;
}

/** Where a tensor begins: bytes from the start of the heap. */
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
 * Makes an allocation that fails throw. tfjs takes the null pointer it gets for an address, and the new
 * tensor then overwrites others in silence.
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

/** What Emscripten gives every module. */
interface HeapModule {
  readonly asm?: { readonly memory?: object };
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
}

function module(backend: BackendWasm): HeapModule {
  return backend.wasm as unknown as HeapModule;
}

/** A block of the heap that grows to what is asked for and is kept. */
export function scratch(backend: BackendWasm): (bytes: number) => number {
  const heap = module(backend);
  let at = 0;
  let size = 0;
  return (bytes) => {
    if (bytes > size) {
      if (at !== 0) heap._free(at);
      at = size = 0; // should the next line throw
      at = heap._malloc(bytes);
      size = bytes;
    }
    return at;
  };
}
