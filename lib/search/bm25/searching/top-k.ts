const bins = 2048; // of scores, from 0 to the greatest
const digit = 11; // bits of a score by which documents are sorted at a time
const digits = 2 ** digit - 1;
const few = 32; // up to so many numbers are sorted by insertion
const rounding = 1 - 2 ** -22; // rounding a sum to a float32 score changes it by less than this factor

/**
 * The k best of the documents that are offered, best first: higher score, then lower document number.
 *
 * A count of documents by score gives at any moment a score below which no document can be among the best, without a
 * second look at any document. The documents are sorted once, at the end, and whenever their arrays are full. One
 * object serves one query after the other: `begin` empties it.
 */
export class TopK {
  /** A document with a lower sum, before rounding to its score, cannot be among the best. */
  threshold = 0;
  private docs = new Uint32Array(1024);
  private scores = new Float32Array(1024);
  private otherDocs = new Uint32Array(1024); // the target of a sorting pass
  private otherScores = new Float32Array(1024);
  private readonly places = new Uint32Array(digits + 1); // where the documents with a digit begin
  private readonly counts = new Uint32Array(bins + 2);
  private count = 0;
  private k = 0;
  private scale = 0; // bins for a score range of 1
  private lowest = 0; // the bin of the k-th best, or one below it
  private above = 0; // documents in that bin and above
  private leastScore = 0; // of the k-th best, when the documents were last sorted
  private leastDoc = 0;

  /**
   * @param greatest an upper bound of all scores
   * @param threshold documents below it are not wanted, even if fewer than k are left
   */
  begin(k: number, greatest: number, threshold = 0): void {
    this.k = k;
    this.scale = bins / greatest;
    this.counts.fill(0);
    this.lowest = this.above = this.count = this.leastScore = this.leastDoc = 0;
    this.threshold = k === 0 ? Infinity : Math.max(threshold, Number.MIN_VALUE);
  }

  /** The number of documents that are kept so far, at most k. */
  get size(): number {
    return Math.min(this.count, this.k);
  }

  /** Offers a document. `score` is a positive float32. A document may be offered once only. */
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

  /** The documents that are kept, best first. */
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
   * Sorts the documents that can still be among the best: by the bits of their scores, one digit after the other, and
   * then by number where scores are equal.
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

  /** Removes the documents that can no longer be among the best. Returns how many are left. */
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
   * Sorts by one digit of the distance between the bits of a score and those of `most`. The order of equal digits is
   * kept.
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

/** The bits of positive float32 numbers, which are integers in the same order. */
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
 * Sorts many documents. A document becomes one double, whose high bits are its score's and whose low bits are its
 * number's, inverted. The order of these doubles is the order of the documents.
 */
function sortByKeys(docs: Uint32Array, scores: Float32Array, start: number, end: number): void {
  const keys = new Float64Array(end - start);
  // number and score, little-endian
  const [halves, floats] = [new Uint32Array(keys.buffer), new Float32Array(keys.buffer)];
  for (let i = 0; i < keys.length; i++) [halves[2 * i], floats[2 * i + 1]] = [~docs[start + i]!, scores[start + i]!];
  keys.sort();
  for (let i = 0; i < keys.length; i++)
    [docs[end - 1 - i], scores[end - 1 - i]] = [~halves[2 * i]!, floats[2 * i + 1]!];
}
