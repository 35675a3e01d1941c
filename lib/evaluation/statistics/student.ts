/** Quantile `q` ≥ ½ of Student's t with `freedom` degrees of freedom, by halving. */
export function studentQuantile(q: number, freedom: number): number {
  let [low, high] = [0, 1e4];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (studentDistribution(middle, freedom) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * P(T ≤ t) for t ≥ 0: finite sums in θ = atan(t/√ν) (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
 *
 *   ν odd:  A = 2/π · (θ + sin θ · (cos θ + 2/3·cos³θ + … + 2·4…(ν−3)/(3·5…(ν−2)) · cosᵛ⁻²θ)),   A = 2θ/π for ν = 1
 *   ν even: A = sin θ · (1 + 1/2·cos²θ + … + 1·3…(ν−3)/(2·4…(ν−2)) · cosᵛ⁻²θ)
 *
 * and P = (1 + A)/2.
 */
export function studentDistribution(t: number, freedom: number): number {
  const theta = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let j = odd ? 3 : 2; j <= freedom - 2; j += 2) sum += term *= ((j - 1) / j) * cosine ** 2;
  const within = odd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
  return (1 + within) / 2;
}
