/** Scaling of rotary frequencies for contexts longer than the first training context of a model. */
export type RopeScaling = Llama3Scaling | LinearScaling;

/** All frequencies are divided by `factor` (position interpolation, Chen et al. 2023): config.json's type "linear". */
export interface LinearScaling {
  readonly rope_type: "linear";
  readonly factor: number;
}

export const isLinear = (scaling: RopeScaling): scaling is LinearScaling => "rope_type" in scaling;

/** The scaled frequency that replaces `frequency`, in radians per token. */
export const scaledFrequency = (frequency: number, scaling: RopeScaling | undefined): number =>
  !scaling ? frequency : isLinear(scaling) ? frequency / scaling.factor : llama3Frequency(frequency, scaling);

/**
 * Llama 3's scaling of rotary frequencies beyond its first training context: config.json's `rope_scaling` of type
 * "llama3".
 */
export interface Llama3Scaling {
  readonly factor: number; // divisor of low frequencies
  readonly low_freq_factor: number; // wavelengths above context / this are divided by `factor`
  readonly high_freq_factor: number; // wavelengths below context / this do not change
  readonly original_max_position_embeddings: number; // tokens
}

/**
 * The scaled frequency that replaces `frequency`, in radians per token: a blend between the two ends of the ramp
 * (transformers, modeling_rope_utils.py, _compute_llama3_parameters).
 */
export function llama3Frequency(
  frequency: number,
  { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: context }: Llama3Scaling,
): number {
  const turns = (context * frequency) / (2 * Math.PI); // within the original context
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/**
 * Finds the scaling that divides the frequencies by `factors`, which a GGUF file stores as `rope_freqs`. It searches
 * scalings with Llama 3's ramp, from 1 to 4 turns within a first context of 2ⁿ tokens. Returns undefined if none gives
 * these factors.
 *
 * @param base rope_theta
 */
export function llama3Scaling(factors: ArrayLike<number>, base: number): Llama3Scaling | undefined {
  const divisors = Array.from(factors);
  const fits = (scaling: Llama3Scaling) =>
    divisors.every((divisor, i) => {
      const frequency = base ** (-i / divisors.length);
      return Math.abs(frequency / llama3Frequency(frequency, scaling) / divisor - 1) < 1e-5;
    });
  return contexts
    .map(
      (context): Llama3Scaling => ({
        factor: Math.max(...divisors),
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: context,
      }),
    )
    .find(fits);
}

/** Candidate contexts; Llama 3's comes first. If several give the same factors, any of them is correct. */
const contexts = [8192, ...Array.from({ length: 17 }, (_, i) => 2 ** (i + 4)).filter((context) => context !== 8192)];
