/**
 * Unbiased estimate of pass@k: the probability that at least one of k answers is right (Chen et al. 2021, Codex, eq.
 * 1).
 *
 *   pass@k = 1 − C(n − c, k) / C(n, k) = 1 − Π_{i=n−c+1}^{n} (1 − k/i)
 *
 * It is not 1 − (1 − c/n)^k, which is too low: that draws the k answers with replacement.
 *
 * @param n answers that were sampled
 * @param right c, how many of them are right
 * @param k answers that one may look at, 1 ≤ k ≤ n
 * @returns in [0, 1]
 */
export function passAtK(n: number, right: number, k: number): number {
  if (!(Number.isInteger(n) && Number.isInteger(right) && Number.isInteger(k) && k >= 1 && k <= n && right <= n))
    throw new RangeError(
      `passAtK: ${right} of ${n} answers are right and k is ${k}. k must be from 1 to the number of answers.`,
    );
  if (n - right < k) return 1;
  let none = 1;
  for (let i = n - right + 1; i <= n; i++) none *= 1 - k / i;
  return 1 - none;
}
