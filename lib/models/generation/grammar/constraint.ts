import type { Grammar } from "../../../core/grammar";
import { memo } from "../../../core/memo";
import type { Tokenizer } from "../../tokenizers/tokenizer";
import { automatonOf } from "./automaton";
import { tokenBytes } from "./token-bytes";

/** Restricts the next token so that the text follows a grammar and ends within its tokens. */
interface Constraint {
  readonly start: number; // the initial state
  readonly shortest: number; // tokens of the shortest text, the one that ends it included
  /** The state after an allowed token. */
  after(state: number, token: number): number;
  /**
   * Sets [V] to 0 for a token that is allowed and after which the text can end within `left` tokens, itself included,
   * and to −1e9 for all others.
   */
  mask(state: number, left: number, into: Float32Array): void;
}

/** Marks in a table of remaining tokens that no end can be reached. `left` above it is enough for every text. */
const never = 0xffff;

/** Grammars that are kept for a tokenizer. A server's clients bring grammars of their own, so that there is a bound. */
const mostKept = 32;
const known = new WeakMap<Tokenizer, ReturnType<typeof memo<string, Constraint>>>();

/**
 * Throws TypeError for a vocabulary that is no byte-level BPE, has no token that ends a text, or cannot write the
 * grammar.
 */
export function constraintOf(grammar: Grammar, tokenizer: Tokenizer): Constraint {
  const own = known.get(tokenizer) ?? memo<string, Constraint>({ most: mostKept });
  known.set(tokenizer, own);
  return own.getOrCompute(JSON.stringify(grammar), () => compile(grammar, tokenizer));
}

function compile(grammar: Grammar, tokenizer: Tokenizer): Constraint {
  const { states, start, end, next } = automatonOf(grammar);
  const tokens = tokenBytes(tokenizer);
  const stops = [tokenizer.eos, ...tokenizer.stops];
  for (const stop of stops) tokens[stop] = undefined;
  const walk = (state: number, token: number): number => {
    const bytes = tokens[token];
    if (!bytes) return -1;
    for (let i = 0; i < bytes.length && state >= 0; i++) state = next[state * 256 + bytes[i]!]!;
    return state;
  };
  const needed = distances(states, end, tokens.length, walk);
  if (needed[start] === never)
    throw new TypeError(
      "grammar: the tokenizer has no tokens to write a text of this form. It lacks single bytes, or the grammar " +
        "has no end.",
    );
  // for a state: the tokens needed from each token to the end, itself included
  const tables = new Map<number, Uint16Array>();
  const tableOf = (state: number): Uint16Array => {
    const found = tables.get(state);
    if (found) return found;
    const table = Uint16Array.from(tokens, (_, token) => {
      if (state === end) return stops.includes(token) ? 1 : never;
      const reached = walk(state, token);
      return reached < 0 || needed[reached] === never ? never : needed[reached]! + 1;
    });
    tables.set(state, table);
    return table;
  };
  return {
    start,
    shortest: needed[start]!,
    after: walk,
    mask(state, left, into) {
      const table = tableOf(state);
      const enough = Math.min(left, never - 1);
      for (let token = 0; token < into.length; token++)
        into[token] = token < table.length && table[token]! <= enough ? 0 : -1e9;
    },
  };
}

/** Tokens from each state to the end, the one that ends the text included; breadth first, backwards. */
function distances(
  states: number,
  end: number,
  tokens: number,
  walk: (state: number, token: number) => number,
): Uint16Array {
  const before = Array.from({ length: states }, (): number[] => []); // the states from which a token leads here
  for (let state = 0; state < states; state++) {
    const leads = new Uint8Array(states);
    for (let token = 0; token < tokens; token++) {
      const reached = walk(state, token);
      if (reached >= 0) leads[reached] = 1;
    }
    for (let reached = 0; reached < states; reached++) if (leads[reached]) before[reached]!.push(state);
  }
  const needed = new Uint16Array(states).fill(never);
  needed[end] = 1;
  for (let front = [end]; front.length; ) {
    const further: number[] = [];
    for (const state of front) {
      for (const earlier of before[state]!)
        if (needed[earlier] === never) (needed[earlier] = needed[state]! + 1), further.push(earlier);
    }
    front = further;
  }
  return needed;
}
