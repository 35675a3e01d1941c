import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-wasm"; // registers "wasm"
import { bfloat16OnWasm } from "./bfloat16";
import { activate, type Loader } from "../loader";
import { segmentSumOnWasm } from "./segment-sum";
import { tf } from "../tf";
import { gatherOnWasm } from "./gather";
import { guardAllocation } from "./heap";
import { identityOnWasm } from "./identity";
import { compiledMatmul, matmulOnWasm } from "./matmul";

const slow =
  "wasm: its fast matrix product is not built, so that training is several times slower. " +
  "Run `npm run build` (it makes dist/backend/wasm/matmul.wasm)";
const mended = new Map<object, string | undefined>(); // instances of the backend with our kernels, and what each lacks

/**
 * WebAssembly with SIMD: one thread, nothing to install, matrix products at a tenth of the speed of native TensorFlow.
 */
export const wasm: Loader = {
  name: "wasm",
  async load() {
    await activate("wasm");
    const backend = tf.backend() as BackendWasm;
    if (!mended.has(backend)) mended.set(backend, mend(backend));
    const lack = mended.get(backend);
    return { device: "cpu", version: `tfjs ${tf.version_core}`, why: lack ? [`${lack}.`] : [] };
  },
};

/**
 * Registers our kernels for those that are missing, wrong or slow. Returns a sentence on those that could not be
 * replaced.
 */
function mend(backend: BackendWasm): string | undefined {
  guardAllocation(backend);
  segmentSumOnWasm();
  gatherOnWasm();
  bfloat16OnWasm();
  identityOnWasm();
  const file = compiledMatmul();
  if (file) {
    matmulOnWasm(backend, file);
    return undefined;
  }
  process.emitWarning(slow);
  return slow;
}
