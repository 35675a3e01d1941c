// Lucene's SmallFloat: lengths up to 39 are exact, and longer ones keep their four highest bits.
const exactBelow = 24; // 255 - 231, where 231 is the code of the largest 32-bit integer

/** The byte in which Lucene keeps a document's length in terms (SmallFloat.intToByte4). */
export function encodeLength(terms: number): number {
  if (terms < exactBelow) return terms;
  const rest = terms - exactBelow;
  const shift = 32 - Math.clz32(rest) - 4;
  return exactBelow + (shift < 0 ? rest : ((shift + 1) << 3) | ((rest >>> shift) & 7));
}

/** The length that a byte stands for (SmallFloat.byte4ToInt). It is at most the length that was encoded. */
export function decodeLength(byte: number): number {
  if (byte < exactBelow) return byte;
  const code = byte - exactBelow;
  const shift = (code >>> 3) - 1;
  return exactBelow + (shift < 0 ? code & 7 : ((code & 7) | 8) * 2 ** shift);
}
