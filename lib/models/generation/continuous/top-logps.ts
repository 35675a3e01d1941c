/** A token and its log-probability in nats under the policy, before any change. */
export interface TokenLogp {
  readonly token: number;
  readonly logp: number;
}

/** The `count` likeliest tokens of one row of logits [V], likeliest first; of equals the lower id first. */
export function topLogps(logits: Float32Array, count: number): TokenLogp[] {
  let most = -Infinity;
  for (const logit of logits) most = Math.max(most, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  const total = most + Math.log(sum);
  const best: TokenLogp[] = [];
  for (let token = 0; token < logits.length; token++) {
    const logp = logits[token]! - total;
    if (best.length === count && !(logp > best.at(-1)!.logp)) continue;
    const place = best.findIndex((other) => logp > other.logp);
    best.splice(place < 0 ? best.length : place, 0, { token, logp });
    if (best.length > count) best.pop();
  }
  return best;
}
