/** What a setting may be. The text ends a sentence: "it must be a whole number from 1". */
export interface Range {
  readonly fits: (value: unknown) => boolean;
  readonly what: string;
}

const numeric = (fits: (value: number) => boolean, what: string): Range => ({
  fits: (value) => typeof value === "number" && fits(value),
  what,
});

/** A whole number from `least` on. */
export const whole = (least: number): Range =>
  numeric((value) => Number.isSafeInteger(value) && value >= least, `a whole number from ${least}`);

export const finite: Range = numeric(Number.isFinite, "a finite number");

/** A finite number, `least` or more. */
export const from = (least: number): Range =>
  numeric((value) => value >= least && value < Infinity, `a number from ${least}`);

/** A finite number above `bound`. */
export const above = (bound: number): Range =>
  numeric((value) => value > bound && value < Infinity, `a number above ${bound}`);

/** A number between two, both included. */
export const within = (low: number, high: number): Range =>
  numeric((value) => value >= low && value <= high, `between ${low} and ${high}`);

/** A number between two, the first one excluded: a share of which there must be some. */
export const share: Range = numeric((value) => value > 0 && value <= 1, "above 0 and at most 1");

/** A number from 0 to below 1: a factor that is applied again and again. */
export const decay: Range = numeric((value) => value >= 0 && value < 1, "from 0 to below 1");

/** Any whole number: it names something. */
export const seed: Range = numeric(Number.isSafeInteger, "a whole number");

/** What `range` allows, or Infinity, where that means no limit. */
export const orInfinity = ({ fits, what }: Range): Range => ({
  fits: (value) => value === Infinity || fits(value),
  what: `${what}, or Infinity for no limit`,
});

export const flag: Range = { fits: (value) => typeof value === "boolean", what: "true or false" };
export const text: Range = { fits: (value) => typeof value === "string", what: "a text" };
export const filledText: Range = {
  fits: (value) => typeof value === "string" && value.trim() !== "",
  what: "a text that is not empty",
};
export const callable: Range = { fits: (value) => typeof value === "function", what: "a function" };
export const list: Range = { fits: Array.isArray, what: "a list" };
export const oneOf = (...values: readonly (string | boolean)[]): Range => ({
  fits: (value) => values.includes(value as string),
  what: `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
});

/** An object with members of these names, whatever its class. */
export const having = (what: string, ...members: readonly string[]): Range => ({
  fits: (value) => typeof value === "object" && value !== null && members.every((name) => name in value),
  what,
});
export const abortSignal: Range = having(
  "an AbortSignal, such as new AbortController().signal",
  "aborted",
  "addEventListener",
);

/** The range of an option that is checked elsewhere. */
export const anything: Range = { fits: () => true, what: "anything" };
export const either = (...ranges: readonly Range[]): Range => ({
  fits: (value) => ranges.some(({ fits }) => fits(value)),
  what: ranges.map(({ what }) => what).join(", or "),
});

/** The ranges of settings that have one meaning everywhere, by name. */
export const usualRanges: Readonly<Record<string, Range>> = {
  attempts: whole(1),
  backOffSeconds: from(0),
  batch: whole(1),
  batchSize: whole(1),
  block: whole(1),
  completionPrice: from(0),
  connections: whole(1),
  connectSeconds: above(0),
  idle: above(0),
  inFlight: whole(1),
  length: whole(1),
  maxTokens: whole(1),
  megabytes: above(0),
  memory: above(0),
  microBatch: whole(0),
  pageSize: whole(1),
  promptPrice: from(0),
  rank: whole(1),
  records: whole(1),
  replicas: whole(0),
  requestsPerSecond: from(0),
  response: whole(1),
  reviews: whole(1),
  rows: whole(1),
  seconds: above(0),
  seed,
  shards: whole(1),
  threads: whole(0),
  timeoutSeconds: above(0),
  wait: from(0),
};
