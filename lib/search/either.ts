/**
 * A regular expression that matches where one of `patterns` does, tried in this order. Their own flags are ignored, and
 * their groups are numbered one after the other.
 */
export const either = (flags: string, ...patterns: readonly RegExp[]): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join("|"), flags);
