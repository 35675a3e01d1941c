/**
 * The k best documents of those offered, best first: higher score, then lower document number.
 *
 * A document is kept as one double whose bits are its score's (as float32: positive ones order like integers) above
 * those of its number, inverted; so one comparison of doubles is the whole order. Documents gather until there are
 * twice k, and then the better half stays: that is cheaper than a heap for large k.
 */
export class TopK {
  private readonly keys: Float64Array; // [capacity]
  private count = 0;
  private least = 0; // key of the k-th best so far, 0 while there are fewer
  private readonly key = new Float64Array(1);
  private readonly halves = new Uint32Array(this.key.buffer); // number, score: little-endian
  private readonly scores = new Float32Array(this.key.buffer);

  constructor(private readonly k: number) {
    this.keys = new Float64Array(k + Math.max(k, 32));
  }

  /** Score of the k-th best so far, 0 while there are fewer: no lower score gets in, and at equal scores no higher number. */
  threshold(): number {
    this.key[0] = this.least;
    return this.scores[1]!;
  }

  /** `score` is a positive float32. */
  offer(doc: number, score: number): void {
    this.halves[0] = ~doc;
    this.scores[1] = score;
    const key = this.key[0]!;
    if (key <= this.least) return;
    this.keys[this.count++] = key;
    if (this.count === this.keys.length) this.shrink();
  }

  /** Raises the threshold where enough came in since it was last raised to be worth the work. */
  raise(): void {
    if (this.count >= this.k + (this.least === 0 ? 0 : this.k >>> 2)) this.shrink();
  }

  private shrink(): void {
    if (this.count > this.k) selectGreatest(this.keys, this.count, this.k);
    this.count = this.k;
    this.least = this.k === 0 ? Infinity : least(this.keys, this.k);
  }

  /** Everything kept, best first. */
  ranked(): { readonly docs: Uint32Array; readonly scores: Float32Array } {
    const size = Math.min(this.count, this.k);
    const keys = this.keys.subarray(0, this.count).sort();
    const docs = new Uint32Array(size);
    const scores = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      this.key[0] = keys[this.count - 1 - i]!;
      docs[i] = ~this.halves[0]!;
      scores[i] = this.scores[1]!;
    }
    return { docs, scores };
  }
}

function least(keys: Float64Array, count: number): number {
  let found = keys[0]!;
  for (let i = 1; i < count; i++) if (keys[i]! < found) found = keys[i]!;
  return found;
}

/** Moves the `k` greatest of the first `count` keys to the front, in any order (Hoare's quickselect). */
function selectGreatest(keys: Float64Array, count: number, k: number): void {
  let left = 0;
  let right = count - 1;
  while (left < right) {
    const pivot = median(keys[left]!, keys[(left + right) >>> 1]!, keys[right]!);
    let i = left;
    let j = right;
    while (i <= j) {
      while (keys[i]! > pivot) i++;
      while (keys[j]! < pivot) j--;
      if (i <= j) {
        const greater = keys[j]!;
        keys[j--] = keys[i]!;
        keys[i++] = greater;
      }
    }
    if (k - 1 <= j) right = j;
    else if (k - 1 >= i) left = i;
    else return;
  }
}

const median = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
