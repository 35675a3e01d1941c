/** So many token ids, none of them special. */
export const tokensIn = (count: number): number[] => Array.from({ length: count }, (_, i) => 100 + (i % 50));
