/** How rotary frequencies are changed for contexts longer than those that a model was trained on first. */
export type RopeScaling = Llama3Scaling | LinearScaling;

/** All frequencies are divided by `factor` (position interpolation, Chen et al. 2023): config.json's type "linear". */
export interface LinearScaling {
  readonly rope_type: "linear";
  readonly factor: number;
}

export const isLinear = (scaling: RopeScaling): scaling is LinearScaling => "rope_type" in scaling;

/** The frequency, radians a token, that takes the place of `frequency`. */
export const scaledFrequency = (frequency: number, scaling: RopeScaling | undefined): number =>
  !scaling ? frequency : isLinear(scaling) ? frequency / scaling.factor : llama3Frequency(frequency, scaling);

/**
 * How Llama 3 stretches its rotary frequencies beyond the context it was trained on first: config.json's
 * `rope_scaling` of type "llama3".
 */
export interface Llama3Scaling {
  readonly factor: number; // by how much slow rotations are slowed further
  readonly low_freq_factor: number; // wavelengths above context / this are slowed
  readonly high_freq_factor: number; // wavelengths below context / this are left alone
  readonly original_max_position_embeddings: number; // tokens
}

/**
 * The rotary frequency, radians a token, that takes the place of `frequency`: a blend between the two ends of the
 * ramp (transformers, modeling_rope_utils.py, _compute_llama3_parameters).
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
 * The scaling whose divisors of the frequencies are `factors`, as a GGUF file stores them in `rope_freqs`, of those
 * with Llama 3's ramp, from 1 to 4 turns within a first context of 2ⁿ tokens; undefined if none gives them.
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

/** Llama 3's first; where several give the same factors, it does not matter which. */
const contexts = [8192, ...Array.from({ length: 17 }, (_, i) => 2 ** (i + 4)).filter((context) => context !== 8192)];
