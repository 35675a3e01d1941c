import type { Grammar, GrammarPart } from "../../../core/grammar";
import { stopBegun } from "../text-stream";
import { afterByte, between, mayBeBlank, type Pending } from "./utf8";

/** A grammar as a finite automaton over bytes. */
interface Automaton {
  readonly states: number; // S
  readonly start: number;
  readonly end: number; // the accepting state, which no byte may follow
  readonly next: Int32Array; // [S·256] the state after each byte, −1 if the byte is not allowed
}

/** The state of a text inside a part. */
interface Inside {
  readonly pending: Pending;
  readonly tail: string; // the last characters, as far as they begin a fixed text
  readonly escape: string; // the characters read of an escape in a JSON string: "", "\", "\u", "\u0", …
  readonly filled: boolean; // a character that is not blank has been read
}

const outset: Inside = { pending: between, tail: "", escape: "", filled: false };

/** The state after one more byte: "done" if the byte ends the part, undefined if the byte is not allowed. */
type Step = (inside: Inside, byte: number, character: string) => Inside | "done" | undefined;

/** Throws TypeError for a fixed text that is not ASCII, or empty. */
export function automatonOf(grammar: Grammar): Automaton {
  for (const text of grammar.flatMap(fixedTexts))
    if (!/^[\x21-\x7e][\x20-\x7e]*$/.test(text))
      throw new TypeError(
        `grammar: ${JSON.stringify(text)} cannot be looked for; a fixed text is ASCII and does not begin with ` +
          "white space.",
      );
  const steps = grammar.map(stepOf);
  const numbers = new Map<string, number>();
  const places: { part: number; inside: Inside }[] = [];
  const numbered = (part: number, inside: Inside): number => {
    const key = JSON.stringify([part, inside]);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, places.length);
    return places.push({ part, inside }) - 1;
  };
  const end = numbered(grammar.length, outset);
  const start = numbered(0, outset);
  const rows: number[][] = [];
  for (let state = 0; state < places.length; state++) {
    const { part, inside } = places[state]!;
    rows.push(
      Array.from({ length: 256 }, (_, byte) => {
        const after = steps[part]?.(inside, byte, byte < 0x80 ? String.fromCharCode(byte) : "");
        return after === undefined ? -1 : after === "done" ? numbered(part + 1, outset) : numbered(part, after);
      }),
    );
  }
  return { states: places.length, start, end, next: Int32Array.from(rows.flat()) };
}

const fixedTexts = (part: GrammarPart): readonly string[] =>
  part.kind === "literal" ? [part.text] : part.kind === "text" ? [part.until, ...part.without] : part.without;

const stepOf = (part: GrammarPart): Step =>
  part.kind === "literal"
    ? literal(part.text)
    : part.kind === "text"
      ? free(part.until, part.without)
      : jsonString(part.without);

/** `tail` is the beginning of the fixed text that has been read. */
const literal =
  (text: string): Step =>
  (inside, _, character) => {
    if (inside.tail === "" && /^[ \t\n\r]$/.test(character)) return inside;
    if (character === "" || !text.startsWith(inside.tail + character)) return undefined;
    return inside.tail + character === text ? "done" : { ...outset, tail: inside.tail + character };
  };

const free =
  (until: string, without: readonly string[]): Step =>
  (inside, byte, character) => {
    if (inside.pending.left > 0 || byte >= 0x80) return inCharacter({ ...inside, filled: true }, byte);
    const tail = inside.tail + character;
    return tail.endsWith(until) ? "done" : withTail({ ...inside, filled: true }, tail, [until, ...without]);
  };

const jsonString =
  (without: readonly string[]): Step =>
  (inside, byte, character) => {
    if (inside.escape !== "") return escaped(inside, character);
    if (inside.pending.left > 0 || byte >= 0x80) return inCharacter(inside, byte);
    if (character === '"') return inside.filled ? "done" : undefined;
    if (character === "\\") return { ...inside, tail: "", escape: "\\" };
    if (byte < 0x20) return undefined;
    return withTail({ ...inside, filled: inside.filled || byte > 0x20 }, inside.tail + character, without);
  };

/**
 * The bytes after a backslash: one of JSON's letters, or u and four hexadecimal digits that are not half of a surrogate
 * pair.
 */
function escaped(inside: Inside, character: string): Inside | undefined {
  const escape = inside.escape + character;
  if (/^\\["\\/]$/.test(escape)) return { ...inside, escape: "", filled: true };
  if (/^\\[bfnrt]$/.test(escape) || /^\\u[\da-f]{4}$/i.test(escape)) return { ...inside, escape: "" };
  const surrogate = /^\\ud[89a-f]/i.test(escape);
  if (character === "" || surrogate || !/^\\u[\da-f]{0,3}$/i.test(escape)) return undefined;
  // their values do not matter
  return { ...inside, escape: /^\\ud$/i.test(escape) ? "\\ud" : `\\u${"0".repeat(escape.length - 2)}` };
}

function inCharacter(inside: Inside, byte: number): Inside | undefined {
  const pending = afterByte(inside.pending, byte);
  if (!pending) return undefined;
  const { lead } = inside.pending;
  return { ...inside, pending, tail: "", filled: inside.filled || (lead !== 0 && !mayBeBlank(lead, byte)) };
}

function withTail(inside: Inside, text: string, patterns: readonly string[]): Inside | undefined {
  if (patterns.some((pattern) => text.endsWith(pattern))) return undefined;
  return { ...inside, tail: text.slice(text.length - stopBegun(text, patterns)) };
}
