import { composed } from "./composed/kernels";
import { cardOf } from "./cuda/device/card";
import { cuda } from "./cuda/kernels";
import type { Kernels } from "./kernels";
import { squaredNorm } from "./native-cpu/adam/adam";
import { nativeCpu } from "./native-cpu/kernels";
import { nativeBackend, type NativeBackend } from "./native/binding";
import { nativeOperations } from "./native/operations";

const known = new WeakMap<object, Kernels>(); // by the addon's backend

/** The kernels for the backend in use. They compute on that backend only: ask again after another is chosen. */
export function kernels(): Kernels {
  const backend = nativeBackend();
  if (!backend) return composed;
  const before = known.get(backend);
  if (before) return before;
  const found = backend.isUsingGpuDevice ? ofCard(backend) : ofProcessor();
  known.set(backend, found);
  return found;
}

function ofCard(backend: NativeBackend): Kernels {
  const card = cardOf(backend);
  return typeof card === "string" ? composed : cuda(card.operations, card.refused);
}

function ofProcessor(): Kernels {
  const operations = nativeOperations();
  return operations ? nativeCpu(operations) : { ...composed, squaredNorm };
}
