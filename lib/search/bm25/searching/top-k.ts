const bins = 2048; // of scores, from 0 to the greatest
const digit = 11; // bits of a score by which documents are put in order at a time
const digits = 2 ** digit - 1;
const few = 32; // numbers that are put in order one by one
const rounding = 1 - 2 ** -22; // more than a sum loses or gains by being rounded to a float32 score

/**
 * The k best documents of those offered, best first: higher score, then lower document number.
 *
 * A count of documents by score tells at every moment below which score nothing can get in, without looking at any
 * document again. What was offered is put in order once, at the end, and when it has outgrown its arrays.
 * One object serves one query after the other: `begin` empties it.
 */
export class TopK {
  /** No document with a lower sum, before it is rounded to its score, can get in. */
  threshold = 0;
  private docs = new Uint32Array(1024);
  private scores = new Float32Array(1024);
  private otherDocs = new Uint32Array(1024); // where they are put in order
  private otherScores = new Float32Array(1024);
  private readonly places = new Uint32Array(digits + 1); // of what has a digit
  private readonly counts = new Uint32Array(bins + 2);
  private count = 0;
  private k = 0;
  private scale = 0; // bins that a score of 1 takes
  private lowest = 0; // the bin that the k-th best is in, or one below
  private above = 0; // documents in that bin and those above
  private leastScore = 0; // of the k-th best when they were last in order
  private leastDoc = 0;

  /**
   * @param greatest no score is higher
   * @param threshold nothing below is wanted, even where that leaves fewer than k
   */
  begin(k: number, greatest: number, threshold = 0): void {
    this.k = k;
    this.scale = bins / greatest;
    this.counts.fill(0);
    this.lowest = this.above = this.count = this.leastScore = this.leastDoc = 0;
    this.threshold = k === 0 ? Infinity : Math.max(threshold, Number.MIN_VALUE);
  }

  /** How many are kept so far, no more than k. */
  get size(): number {
    return Math.min(this.count, this.k);
  }

  /** `score` is a positive float32. No document may be offered twice. */
  offer(doc: number, score: number): void {
    if (score < this.leastScore || (score === this.leastScore && doc > this.leastDoc)) return;
    if (this.count === this.docs.length) this.makeRoom();
    this.docs[this.count] = doc;
    this.scores[this.count++] = score;
    const bin = (score * this.scale) | 0;
    this.counts[bin]!++;
    if (bin < this.lowest || ++this.above - this.counts[this.lowest]! < this.k) return;
    while (this.above - this.counts[this.lowest]! >= this.k) this.above -= this.counts[this.lowest++]!;
    this.threshold = Math.max(this.threshold, (this.lowest / this.scale) * rounding);
  }

  /** Everything kept, best first. */
  ranked(): { readonly docs: Uint32Array; readonly scores: Float32Array } {
    this.sort();
    return { docs: this.docs.slice(0, this.size), scores: this.scores.slice(0, this.size) };
  }

  private makeRoom(): void {
    this.sort();
    if (this.count > this.k) {
      this.count = this.k;
      this.leastScore = this.scores[this.k - 1]!;
      this.leastDoc = this.docs[this.k - 1]!;
      this.threshold = Math.max(this.threshold, this.leastScore * rounding);
    }
    if (this.count * 2 <= this.docs.length) return;
    const { docs, scores } = this;
    this.docs = new Uint32Array(docs.length * 2);
    this.scores = new Float32Array(docs.length * 2);
    this.docs.set(docs);
    this.scores.set(scores);
    this.otherDocs = new Uint32Array(docs.length * 2);
    this.otherScores = new Float32Array(docs.length * 2);
  }

  /**
   * Puts what can still get in in order: by the bits of its score, a digit after the other, and then where scores are
   * equal.
   */
  private sort(): void {
    const count = (this.count = this.keepAboveThreshold());
    if (count <= few) return insertionSort(this.docs, this.scores, 0, count);
    const most = largest(bitsOf(this.scores), count);
    const range = most - smallest(bitsOf(this.scores), count);
    for (let shift = 0; shift < 32 && range >>> shift > 0; shift += digit) this.sortByDigit(most, shift);
    const { docs, scores } = this;
    for (let start = 0, end = 1; start < count; start = end++) {
      while (end < count && scores[end] === scores[start]) end++;
      if (!rises(docs, start, end)) (end - start > few ? sortByKeys : insertionSort)(docs, scores, start, end);
    }
  }

  /** Drops what can no longer get in. Returns how many are left. */
  private keepAboveThreshold(): number {
    const { docs, scores, threshold } = this;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const score = scores[i]!;
      if (score < threshold) continue;
      docs[kept] = docs[i]!;
      scores[kept++] = score;
    }
    return kept;
  }

  /**
   * Orders by one digit of how far a score's bits are below those of the `most`; what has the same digit stays in its
   * order.
   */
  private sortByDigit(most: number, shift: number): void {
    const { docs, otherDocs, places, count } = this;
    const [bits, otherBits] = [bitsOf(this.scores), bitsOf(this.otherScores)];
    places.fill(0);
    for (let i = 0; i < count; i++) places[((most - bits[i]!) >>> shift) & digits]!++;
    for (let value = 0, at = 0; value <= digits; value++) {
      const size = places[value]!;
      places[value] = at;
      at += size;
    }
    for (let i = 0; i < count; i++) {
      const at = places[((most - bits[i]!) >>> shift) & digits]!++;
      otherDocs[at] = docs[i]!;
      otherBits[at] = bits[i]!;
    }
    [this.docs, this.scores, this.otherDocs, this.otherScores] = [
      this.otherDocs,
      this.otherScores,
      this.docs,
      this.scores,
    ];
  }
}

/** Bits of positive float32 numbers: integers in the same order. */
const bitsOf = (numbers: Float32Array): Uint32Array =>
  new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);

function largest(numbers: Uint32Array, count: number): number {
  let most = 0;
  for (let i = 0; i < count; i++) if (numbers[i]! > most) most = numbers[i]!;
  return most;
}

function smallest(numbers: Uint32Array, count: number): number {
  let least = 2 ** 32 - 1;
  for (let i = 0; i < count; i++) if (numbers[i]! < least) least = numbers[i]!;
  return least;
}

function rises(numbers: Uint32Array, start: number, end: number): boolean {
  for (let i = start + 1; i < end; i++) if (numbers[i]! < numbers[i - 1]!) return false;
  return true;
}

function insertionSort(docs: Uint32Array, scores: Float32Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const doc = docs[i]!;
    const score = scores[i]!;
    let at = i;
    for (; at > start && (scores[at - 1]! < score || (scores[at - 1]! === score && docs[at - 1]! > doc)); at--) {
      docs[at] = docs[at - 1]!;
      scores[at] = scores[at - 1]!;
    }
    docs[at] = doc;
    scores[at] = score;
  }
}

/**
 * For many: a document becomes one double whose bits are its score's (positive float32 order like integers) above those
 * of its number, inverted, so that the order of doubles is the whole order.
 */
function sortByKeys(docs: Uint32Array, scores: Float32Array, start: number, end: number): void {
  const keys = new Float64Array(end - start);
  // number, score: little-endian
  const [halves, floats] = [new Uint32Array(keys.buffer), new Float32Array(keys.buffer)];
  for (let i = 0; i < keys.length; i++) [halves[2 * i], floats[2 * i + 1]] = [~docs[start + i]!, scores[start + i]!];
  keys.sort();
  for (let i = 0; i < keys.length; i++)
    [docs[end - 1 - i], scores[end - 1 - i]] = [~halves[2 * i]!, floats[2 * i + 1]!];
}
