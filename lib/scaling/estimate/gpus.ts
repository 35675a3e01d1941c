/** What a kind of GPU can do at most, and what an hour of it costs. */
export interface GpuKind {
  /** floating-point operations a second of dense matrix products, by the format of the weights */
  readonly flops: { readonly bf16: number; readonly tf32: number; readonly f32: number };
  readonly bandwidth: number; // bytes a second of its memory
  readonly gigabytes: number; // of its memory, 10⁹ bytes
  /** from the cheapest offer to the dearest, US dollars */
  readonly dollarsAnHour: readonly [low: number, high: number];
}

const tera = 1e12;

/**
 * GPUs by name. Speeds and memory: NVIDIA's data sheets (A100 80GB SXM 2021, H100 SXM 2023, H200 SXM 2023, L40S 2023,
 * L4 2023, Ada architecture whitepaper 2022), without sparsity. Prices: the span of public on-demand offers of spring
 * 2026 (A100 0.80–3.00, H100 1.99–5.00, H200 2.50–7.00, L40S 0.79–1.40, L4 0.44–0.78, RTX 4090 0.34–0.60); they change,
 * and `dollarsAnHour` of `scaleEstimate` takes one's own.
 */
export const gpuKinds = {
  "A100-80GB": kind([312, 156, 19.5], 2.039, 80, [0.8, 3]),
  H100: kind([989, 494.7, 67], 3.35, 80, [1.99, 5]),
  H200: kind([989, 494.7, 67], 4.8, 141, [2.5, 7]),
  L40S: kind([362, 183, 91.6], 0.864, 48, [0.79, 1.4]),
  L4: kind([121, 60, 30.3], 0.3, 24, [0.44, 0.78]),
  "RTX-4090": kind([165, 82.6, 82.6], 1.008, 24, [0.34, 0.6]),
} as const satisfies Readonly<Record<string, GpuKind>>;

export type GpuName = keyof typeof gpuKinds;

function kind(
  [bf16, tf32, f32]: readonly [number, number, number], // 10¹² operations a second
  terabytes: number, // a second
  gigabytes: number,
  dollarsAnHour: readonly [number, number],
): GpuKind {
  const flops = { bf16: bf16 * tera, tf32: tf32 * tera, f32: f32 * tera };
  return { flops, bandwidth: terabytes * tera, gigabytes, dollarsAnHour };
}
