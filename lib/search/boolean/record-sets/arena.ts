const slabPieces = 128; // arrays of the usual length in a slab

/**
 * Memory for many arrays that are released together. The arrays are cut from a few slabs, which are used again. The
 * garbage collector does not visit them; with a million records it would otherwise visit all of them every second.
 */
export class Arena {
  private readonly slabs: Uint32Array[] = [];
  private slab = 0; // index of the slab that is being cut
  private at = 0;
  private cut = 0; // numbers handed out since the last reset

  /**
   * @param piece numbers in an array of the usual length
   * @param reserved bytes to ask of the system at once; unused ones take no physical memory
   */
  constructor(
    private readonly piece: number,
    reserved = 0,
  ) {
    for (let bytes = 0; bytes < reserved; bytes += piece * slabPieces * 4)
      this.slabs.push(new Uint32Array(piece * slabPieces));
  }

  get bytes(): number {
    return this.cut * 4;
  }

  /** A copy of `numbers`. It lasts until `reset`. */
  copy(numbers: Uint32Array): Uint32Array {
    const own = this.take(numbers.length);
    own.set(numbers);
    return own;
  }

  /** Releases all arrays: their memory will be overwritten. Slabs for `most` bytes are kept, and one more. */
  reset(most: number): void {
    [this.slab, this.at, this.cut] = [0, 0, 0];
    let [kept, bytes] = [0, 0];
    while (kept < this.slabs.length && bytes < most) bytes += this.slabs[kept++]!.byteLength;
    this.slabs.length = Math.min(this.slabs.length, kept + 1);
  }

  /** An array of this length with any contents. It lasts until `reset`. */
  take(length: number): Uint32Array {
    while (this.slab < this.slabs.length && this.at + length > this.slabs[this.slab]!.length)
      [this.slab, this.at] = [this.slab + 1, 0];
    if (this.slab === this.slabs.length) this.slabs.push(new Uint32Array(Math.max(length, this.piece * slabPieces)));
    const array = this.slabs[this.slab]!.subarray(this.at, this.at + length);
    this.at += length;
    this.cut += length;
    return array;
  }
}
