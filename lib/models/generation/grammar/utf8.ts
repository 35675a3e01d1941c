/** The state of a text inside a character of several bytes. */
export interface Pending {
  readonly left: number; // bytes still to come; 0 between characters
  readonly lead: number; // before the second byte: the first one where the second depends on it, else 1; then 0
}

export const between: Pending = { left: 0, lead: 0 };

/** The allowed second bytes, for first bytes that do not allow all of 80 to BF (The Unicode Standard, table 3-7). */
const seconds: Readonly<Record<number, readonly [least: number, most: number]>> = {
  0xe0: [0xa0, 0xbf],
  0xed: [0x80, 0x9f],
  0xf0: [0x90, 0xbf],
  0xf4: [0x80, 0x8f],
};

/** First and second bytes of the white space outside ASCII, and of what stands beside it. */
const blanks: Readonly<Record<number, readonly number[]>> = {
  0xc2: [0x85, 0xa0],
  0xe1: [0x9a],
  0xe2: [0x80, 0x81],
  0xe3: [0x80],
};

/** The state after one more byte above 7F; undefined if the bytes are no UTF-8. */
export function afterByte({ left, lead }: Pending, byte: number): Pending | undefined {
  if (left > 0) {
    const [least, most] = seconds[lead] ?? [0x80, 0xbf];
    return byte >= least && byte <= most ? { left: left - 1, lead: 0 } : undefined;
  }
  if (byte < 0xc2 || byte > 0xf4) return undefined;
  return { left: byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3, lead: byte in seconds || byte in blanks ? byte : 1 };
}

/** Whether a character with this second byte may be white space. */
export const mayBeBlank = (lead: number, second: number): boolean => blanks[lead]?.includes(second) ?? false;
