/**
 * Finds records by PMID, `ids[record]`, exactly as written. PMIDs are whole numbers. A hash table holds each PMID
 * beside its record, so that a look-up reads one place in memory. Identifiers that are no plain whole numbers stand in
 * a map.
 */
export function pmidTable(ids: readonly string[]): (id: string) => number | undefined {
  const others = new Map<string, number>();
  const slots = 2 ** Math.ceil(Math.log2(ids.length * 1.5 + 2));
  const table = new Uint32Array(slots * 2); // [slots, 2] PMID; record + 1, or 0 where free
  for (let record = 0; record < ids.length; record++) {
    const pmid = wholeNumber(ids[record]!);
    if (pmid < 0) {
      others.set(ids[record]!, record);
      continue;
    }
    const at = slotOf(pmid);
    table[at] = pmid;
    table[at + 1] = record + 1;
  }
  return (id) => {
    const pmid = wholeNumber(id);
    if (pmid < 0) return others.get(id);
    const record = table[slotOf(pmid) + 1]!;
    return record === 0 ? undefined : record - 1;
  };

  /** The index of `pmid` in the table, or of the free slot for it. */
  function slotOf(pmid: number): number {
    let slot = Math.imul(pmid, 0x9e3779b1) >>> (32 - Math.log2(slots));
    while (table[slot * 2 + 1] !== 0 && table[slot * 2] !== pmid) slot = (slot + 1) & (slots - 1);
    return slot * 2;
  }
}

/** The whole number of up to 9 digits that `id` writes as JavaScript would write it; −1 for any other text. */
function wholeNumber(id: string): number {
  if (id.length === 0 || id.length > 9 || (id.length > 1 && id.charCodeAt(0) === 48)) return -1;
  let number = 0;
  for (let i = 0; i < id.length; i++) {
    const digit = id.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
