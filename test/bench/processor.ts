import { cpus } from "node:os";
import type { VectorWidthName } from "../../lib/backend/native-cpu/vectors/vector-width";

/** The processor's name, as figures are to be quoted with it, and how many cores this machine has of it. */
export const processor = (): string => `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores`;

/** How PyTorch, oneDNN and MKL are held to a width of vectors. */
const peers: Readonly<Partial<Record<VectorWidthName, NodeJS.ProcessEnv>>> = {
  avx2: {
    ATEN_CPU_CAPABILITY: "avx2",
    DNNL_MAX_CPU_ISA: "AVX2",
    ONEDNN_MAX_CPU_ISA: "AVX2",
    MKL_ENABLE_INSTRUCTIONS: "AVX2",
  },
  sse4: {
    ATEN_CPU_CAPABILITY: "default",
    DNNL_MAX_CPU_ISA: "SSE41",
    ONEDNN_MAX_CPU_ISA: "SSE41",
    MKL_ENABLE_INSTRUCTIONS: "SSE4_2",
  },
};

/**
 * The environment that holds us and the peers to one width of vectors, for a fair comparison; with `undefined`, each
 * uses what it finds. llama.cpp has no such setting and uses what it was built for.
 */
export function heldTo(width: string | undefined): NodeJS.ProcessEnv {
  return width === undefined ? {} : { DEEPRETRIEVAL_SIMD: width, ...peers[width as VectorWidthName] };
}
