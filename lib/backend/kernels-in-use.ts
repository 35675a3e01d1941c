import { composed } from "./composed/kernels";
import type { Kernels } from "./kernels";
import { squaredNorm } from "./native-cpu/adam/adam";
import { nativeCpu } from "./native-cpu/kernels";
import { nativeProcessor } from "./native/binding";
import { nativeOperations } from "./native/operations";

const known = new WeakMap<object, Kernels>(); // by the addon's backend

/** The kernels for the backend in use. They compute on that backend only: ask again after another is chosen. */
export function kernels(): Kernels {
  const backend = nativeProcessor();
  if (!backend) return composed;
  const before = known.get(backend);
  if (before) return before;
  const operations = nativeOperations();
  const found = operations ? nativeCpu(operations) : { ...composed, squaredNorm };
  known.set(backend, found);
  return found;
}
