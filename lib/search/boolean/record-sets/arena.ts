const slabPieces = 128; // arrays of the usual size in a slab

/**
 * Memory for arrays that are all let go of together. They are cut one after the other from a few slabs, which are used
 * again, so that the garbage collector has nothing to do with them: with a million records it would otherwise walk
 * through all of them every second.
 */
export class Arena {
  private readonly slabs: Uint32Array[] = [];
  private slab = 0; // the one that is being cut
  private at = 0;
  private cut = 0; // numbers handed out

  /**
   * @param piece numbers in an array of the usual size
   * @param reserved bytes asked of the system at once; what is not used of them takes no memory
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

  /** A copy of `numbers`, which lasts until `reset`. */
  copy(numbers: Uint32Array): Uint32Array {
    const own = this.take(numbers.length);
    own.set(numbers);
    return own;
  }

  /**
   * Lets go of all arrays: their memory will be written over. Slabs for `most` bytes are kept, and one for what goes
   * beyond.
   */
  reset(most: number): void {
    [this.slab, this.at, this.cut] = [0, 0, 0];
    let [kept, bytes] = [0, 0];
    while (kept < this.slabs.length && bytes < most) bytes += this.slabs[kept++]!.byteLength;
    this.slabs.length = Math.min(this.slabs.length, kept + 1);
  }

  /** An array with any contents. */
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
