import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { guardAllocation, memory, scratch } from "../../../lib/backend/wasm/heap";

/** A module with room for 100 bytes that never reuses any. */
function heapOf100() {
  let next = 8;
  const freed: number[] = [];
  const _malloc = (bytes: number) => {
    if (next + bytes > 108) return 0; // what Emscripten's malloc does, and tfjs does not look at
    return (next += bytes) - bytes;
  };
  const heap = { HEAPU8: new Uint8Array(108), _malloc, _free: (at: number) => void freed.push(at) };
  return { heap, freed, backend: { wasm: heap } as unknown as BackendWasm };
}

test("an allocation that fails throws instead of giving address 0", () => {
  const { heap, backend } = heapOf100();
  guardAllocation(backend); // takes 8 bytes itself
  assert.is(heap._malloc(50), 16);
  assert.throws(
    () => heap._malloc(50),
    /no room for 0 MB more: its heap is 0 MB.*smaller batches or the native backend/,
  );
});

test("scratch grows when more is asked for, freeing what it had, and is otherwise kept", () => {
  const { backend, freed } = heapOf100();
  const room = scratch(backend);
  assert.equal([room(10), room(4), room(30), room(20)], [8, 8, 18, 18]);
  assert.equal(freed, [8]);
});

test("a module without memory is named as such", () => {
  assert.throws(() => memory(heapOf100().backend), /does not show its memory/);
});

test.run();
