import type { Completion } from "../../core/records";
import { constraintOf } from "./grammar/constraint";
import type { SamplingSettings } from "./sampling-options";
import { stopIn, textStream } from "./text-stream";
import type { Tokenizer } from "../tokenizers/tokenizer";

/** One completion while it is being written. */
export interface Row {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  readonly seen: ReadonlySet<number>; // tokens of prompt and response; empty where nobody asks
  readonly ended: boolean;
  readonly text: string; // what is sure of it so far; kept where a stop string is looked for, or somebody watches
  /** The next number of the row's own uniform stream. */
  uniform(): number;
  /** Which tokens may come next: sets [V] to 0 or −1e9. Absent where all may. */
  readonly mask?: (into: Float32Array) => void;
  take(token: number, logp: number): void;
  completion(): Completion;
}

/**
 * A row that continues `prompt`, its `index` naming its stream.
 *
 * @param context tokens of prompt and response together, at most: a row that comes so far is cut. Where a text of the grammar
 *   would be longer, what is written keeps to the grammar until it is cut
 */
export function rowOf(
  prompt: readonly number[],
  index: number,
  tokenizer: Tokenizer,
  { maxTokens: wanted, repetitionPenalty, stop, grammar, rng, watched = false }: SamplingSettings,
  context = Infinity,
): Row {
  const constraint = grammar && constraintOf(grammar, tokenizer);
  if (constraint && constraint.shortest > wanted)
    throw new RangeError(
      `generate: the shortest text that keeps to the grammar has ${constraint.shortest} tokens; maxTokens is ${wanted}.`,
    );
  const maxTokens = Math.min(wanted, context - prompt.length);
  const inTime = constraint && constraint.shortest <= maxTokens ? maxTokens : Infinity; // tokens within which the grammar's end must come
  let state = constraint?.start ?? 0; // of the grammar
  const tokens: number[] = [];
  const logps: number[] = [];
  const seen = new Set(repetitionPenalty === 1 ? [] : prompt);
  const stream = textStream(tokenizer);
  const { next } = rng.fork(index);
  const longest = Math.max(0, ...stop.map(({ length }) => length));
  let how: "going" | "ended" | "stopped" | "cut" = "going";
  let text = "";
  return {
    prompt,
    tokens,
    seen,
    get ended() {
      return how !== "going";
    },
    get text() {
      return text;
    },
    uniform: next,
    ...(constraint && {
      mask: (into: Float32Array) =>
        how === "going" ? constraint.mask(state, inTime - tokens.length, into) : into.fill(0),
    }),
    take(token, logp) {
      tokens.push(token);
      logps.push(logp);
      if (repetitionPenalty !== 1) seen.add(token);
      if (tokenizer.stops.includes(token)) return void (how = "ended");
      if (constraint) state = constraint.after(state, token);
      if (tokens.length === maxTokens) how = "cut";
      if (stop.length === 0 && !watched) return;
      const before = text.length;
      stream.push(token);
      text = stream.text;
      const place = stopIn(text, stop, Math.max(0, before - longest + 1));
      if (place < 0) return;
      text = text.slice(0, place);
      how = "stopped";
    },
    completion() {
      const whole = how === "stopped" ? text : tokenizer.decode(how === "ended" ? tokens.slice(0, -1) : tokens);
      return { text: whole, tokens, logps, finished: how === "ended" || how === "stopped" };
    },
  };
}
