import type { GpuKind } from "./gpus";

/** How near a program comes to what a GPU can do. */
export interface ScaleFramework {
  readonly family: "verl" | "deepretrieval" | "pytorch"; // whose anchors say how far the estimate may be off
  readonly arithmetic: keyof GpuKind["flops"];
  readonly utilisation: number; // share of the GPU's operations that large products reach
  /** seconds of one decoding step that do not depend on the model, and those of each of its layers */
  readonly decoding: { readonly step: number; readonly layer: number };
  /** seconds in which the host launches one pass through one layer; a gradient is two passes */
  readonly layerPass: number;
  readonly padded: boolean; // whether a sequence is computed at its greatest length
  readonly checkpointing: boolean; // whether the forward pass is repeated for the gradient
  readonly severalGpus: boolean;
}

/**
 * Programs by name. The constants were fitted on the anchors that say so (anchors.ts), by hand, one anchor each:
 *
 * - verl: a decoding step 53 ms, the geometric mean of generation over the longest response (17.8 s/512, 54.5/1024,
 *   50.5/1024, 55.5/1024, 45/512); utilisation 16.6 %, the geometric mean of 12.5 % (LoRA of 3B as verl reports it) and
 *   22 % (Gemma 2, padded); a layer's pass 1.69 ms (0.5B, 20.8 s for 128 micro-batches · 24 layers · 4 passes).
 *   "verl 2024" is the fork of DeepRetrieval and verl's first releases, which pad.
 * - deepretrieval: this project's CUDA kernels. H200, 135M: a decoding step of 16 sequences 1.24 ms, so 41 µs a layer;
 *   4 × 128 tokens 28.0 ms, so 311 µs a pass; 16 × 256 tokens 79.9 ms, so 62 % of the peak of float32, for products of
 *   float32 run on tensor cores.
 * - pytorch: PyTorch 2.11 in eager mode beside it: 20.7 ms (690 µs a layer), 86.5 ms (961 µs a pass), 123 ms (40 %).
 */
export const scaleFrameworks = {
  verl: {
    family: "verl",
    arithmetic: "bf16",
    utilisation: 0.166,
    decoding: { step: 0.053, layer: 0 },
    layerPass: 1.69e-3,
    padded: false,
    checkpointing: true,
    severalGpus: true,
  },
  "verl 2024": {
    family: "verl",
    arithmetic: "bf16",
    utilisation: 0.166,
    decoding: { step: 0.053, layer: 0 },
    layerPass: 1.69e-3,
    padded: true,
    checkpointing: true,
    severalGpus: true,
  },
  deepretrieval: {
    family: "deepretrieval",
    arithmetic: "f32",
    utilisation: 0.62,
    decoding: { step: 0, layer: 41.3e-6 },
    layerPass: 311e-6,
    padded: true,
    checkpointing: false,
    severalGpus: false,
  },
  pytorch: {
    family: "pytorch",
    arithmetic: "f32",
    utilisation: 0.4,
    decoding: { step: 0, layer: 690e-6 },
    layerPass: 961e-6,
    padded: true,
    checkpointing: false,
    severalGpus: false,
  },
} as const satisfies Readonly<Record<string, ScaleFramework>>;

export type ScaleFrameworkName = keyof typeof scaleFrameworks;
