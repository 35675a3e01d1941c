import { random } from "../../../lib/core/random";

/** A datum as a server reads it. */
export interface ReadDatum {
  readonly tokens: readonly number[];
  readonly targets: readonly number[];
  readonly weights?: readonly number[] | undefined;
  readonly logprobs?: readonly number[] | undefined;
  readonly advantages?: readonly number[] | undefined;
}

/**
 * The smallest language model that can be trained: a table of logits [V, V], the row of a token being those of the
 * next. It takes plain gradient steps, so that what a step does can be computed by hand.
 */
export class Bigram {
  readonly table: Float64Array;
  readonly sums: Float64Array; // of gradients since the last step
  datums = 0;
  constructor(
    readonly size: number,
    seed: number,
  ) {
    const rng = random(seed);
    this.table = Float64Array.from({ length: size * size }, () => rng.next() - 0.5);
    this.sums = new Float64Array(size * size);
  }
  logps(token: number): number[] {
    const row = [...this.table.subarray(token * this.size, (token + 1) * this.size)];
    const top = Math.max(...row);
    const total = top + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
    return row.map((logit) => logit - total);
  }
  /** log π of the targets and the losses of the tokens; with `learn`, gradients are added up as skyrl's are. */
  pass(datum: ReadDatum, loss: string, normalisation: "mean" | "sum", learn: boolean) {
    const { tokens, targets, logprobs = [], advantages = [] } = datum;
    const weights = datum.weights ?? targets.map(() => 1); // none: all ones, the prompt included
    const total =
      normalisation === "mean"
        ? Math.max(
            weights.reduce((a, b) => a + b, 0),
            1e-9,
          )
        : 1;
    const logps: number[] = [];
    const losses: number[] = [];
    tokens.forEach((token, t) => {
      const row = this.logps(token);
      const logp = row[targets[t]!]!;
      logps.push(logp);
      const factor = loss === "cross_entropy" ? 1 : Math.exp(logp - (logprobs[t] ?? 0)) * (advantages[t] ?? 0);
      losses.push(-weights[t]! * (loss === "cross_entropy" ? logp : factor));
      if (!learn) return;
      row.forEach((each, v) => {
        const slope = (v === targets[t] ? 1 : 0) - Math.exp(each); // of logp by logit v
        this.sums[token * this.size + v]! += (-weights[t]! * factor * slope) / total;
      });
    });
    if (learn) this.datums++;
    return { logps, losses };
  }
  step(rate: number, normalisation: "mean" | "sum"): number {
    const divisor = normalisation === "mean" ? Math.max(this.datums, 1) : 1;
    const norm = Math.sqrt(this.sums.reduce((sum, g) => sum + (g / divisor) ** 2, 0));
    this.sums.forEach((sum, i) => (this.table[i]! -= (rate * sum) / divisor));
    this.sums.fill(0);
    this.datums = 0;
    return norm;
  }
  sample(prompt: readonly number[], length: number, stops: readonly number[], seed: number, temperature: number) {
    const rng = random(seed).fork("sample");
    const tokens: number[] = [];
    const logprobs: number[] = [];
    let last = prompt.at(-1)!;
    while (tokens.length < length) {
      const row = this.logps(last);
      let [next, left] = [0, rng.next()];
      if (temperature === 0) next = row.indexOf(Math.max(...row));
      else while (next < this.size - 1 && (left -= Math.exp(row[next]!)) > 0) next++;
      tokens.push(next);
      logprobs.push(row[next]!);
      last = next;
      if (stops.includes(next)) return { tokens, logprobs, stopped: true };
    }
    return { tokens, logprobs, stopped: false };
  }
}
