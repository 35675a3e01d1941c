/** The k best of the scores that are offered: higher score first, then lower number. Scores may have any sign. */
export class Best {
  private numbers: number[] = [];
  private scores: number[] = [];
  private least = -Infinity; // score of the k-th best once there are k

  constructor(private readonly k: number) {}

  /** Offers the scores of the documents `from`, `from` + 1 and so on. */
  offer(scores: Float32Array, from: number): void {
    for (let i = 0; i < scores.length; i++) {
      if (scores[i]! <= this.least) continue; // of two equal scores the lower number is kept
      this.numbers.push(from + i);
      this.scores.push(scores[i]!);
      if (this.numbers.length >= 2 * this.k + 1024) this.shrink();
    }
  }

  private shrink(): void {
    const order = this.scores
      .map((_, i) => i)
      .sort((a, b) => this.scores[b]! - this.scores[a]! || this.numbers[a]! - this.numbers[b]!)
      .slice(0, this.k);
    this.numbers = order.map((i) => this.numbers[i]!);
    this.scores = order.map((i) => this.scores[i]!);
    if (order.length === this.k) this.least = this.scores.at(-1) ?? Infinity;
  }

  /** The documents that are kept, best first. */
  ranked(): { readonly numbers: readonly number[]; readonly scores: readonly number[] } {
    this.shrink();
    return { numbers: this.numbers, scores: this.scores };
  }
}
