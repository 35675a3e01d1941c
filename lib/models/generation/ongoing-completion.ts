import type { Completion } from "../../core/records";
import { constraintOf } from "./grammar/constraint";
import type { SamplingSettings } from "./sampling-options";
import { stopIn, textStream } from "./text-stream";
import type { Tokenizer } from "../tokenizers/tokenizer";

/** A completion that is being generated. */
export interface OngoingCompletion {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  readonly seen: ReadonlySet<number>; // tokens of prompt and response; empty without a repetition penalty
  readonly left: number; // tokens that it gets at most
  readonly ended: boolean;
  // the decoded text, whole characters only; present if there are stop strings or the text is streamed
  readonly text: string;
  /** The next uniform random number of this completion's own stream. */
  uniform(): number;
  /** Sets [V] to 0 for tokens that may come next and to −1e9 for others. Absent without a grammar. */
  readonly mask?: (into: Float32Array) => void;
  take(token: number, logp: number): void;
  completion(): Completion;
}

/**
 * A completion of `prompt` with no tokens yet. `index` names its stream of random numbers.
 *
 * @param context the most tokens that prompt and response have together. A completion that reaches it is cut. If every
 *   text of the grammar is longer, the response follows the grammar until it is cut
 */
export function ongoingCompletion(
  prompt: readonly number[],
  index: number,
  tokenizer: Tokenizer,
  { maxTokens: wanted, repetitionPenalty, stop, grammar, rng, watched = false }: SamplingSettings,
  context = Infinity,
): OngoingCompletion {
  const constraint = grammar && constraintOf(grammar, tokenizer);
  if (constraint && constraint.shortest > wanted)
    throw new RangeError(
      `generate: the shortest text that keeps to the grammar has ${constraint.shortest} tokens; maxTokens is ` +
        `${wanted}.`,
    );
  const maxTokens = Math.min(wanted, context - prompt.length);
  // the end of the grammar must come within these tokens
  const inTime = constraint && constraint.shortest <= maxTokens ? maxTokens : Infinity;
  let grammarState = constraint?.start ?? 0;
  const tokens: number[] = [];
  const logps: number[] = [];
  const seen = new Set(repetitionPenalty === 1 ? [] : prompt);
  const stream = textStream(tokenizer);
  const { next } = rng.fork(index);
  const longest = Math.max(0, ...stop.map(({ length }) => length));
  let state: "going" | "ended" | "stopped" | "cut" = "going";
  let text = "";
  return {
    prompt,
    tokens,
    seen,
    get left() {
      return maxTokens - tokens.length;
    },
    get ended() {
      return state !== "going";
    },
    get text() {
      return text;
    },
    uniform: next,
    ...(constraint && {
      mask: (into: Float32Array) =>
        state === "going" ? constraint.mask(grammarState, inTime - tokens.length, into) : into.fill(0),
    }),
    take(token, logp) {
      tokens.push(token);
      logps.push(logp);
      if (repetitionPenalty !== 1) seen.add(token);
      if (tokenizer.stops.includes(token)) return void (state = "ended");
      if (constraint) grammarState = constraint.after(grammarState, token);
      if (tokens.length === maxTokens) state = "cut";
      if (stop.length === 0 && !watched) return;
      const before = text.length;
      stream.push(token);
      text = stream.text;
      const place = stopIn(text, stop, Math.max(0, before - longest + 1));
      if (place < 0) return;
      text = text.slice(0, place);
      state = "stopped";
    },
    completion() {
      const whole = state === "stopped" ? text : tokenizer.decode(state === "ended" ? tokens.slice(0, -1) : tokens);
      return { text: whole, tokens, logps, finished: state === "ended" || state === "stopped" };
    },
  };
}
