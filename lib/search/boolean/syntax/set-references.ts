import { fieldOf } from "./fields";
import type { Operator } from "./query";

/** A reference to lines of a history: to one line, or to several lines under one operator, `or/1-4`. */
export interface SetMark {
  readonly operator: Exclude<Operator, "NOT">;
  readonly numbers: readonly number[];
  /**
   * The reference is a number alone. Under a field suffix, a number that names no line is a word: `(1975 or 1976).ed.`
   */
  readonly bare: boolean;
}

// private-use characters of Unicode, which `marked` removes from the query first
const [first, last] = ["\ue000", "\ue001"];

/** The form of references in a line that `marked` has read. The parsers of both languages use it. */
export const setMarks = {
  first,
  source: `${first}([^${last}]*)${last}`, // a regular expression; its group is the argument of `read`
  read(text: string): SetMark {
    const [operator, bare, numbers] = text.split(";") as [SetMark["operator"], string, string];
    return { operator, bare: bare === "bare", numbers: numbers.split(",").filter(Boolean).map(Number) };
  },
};

const mark = (operator: string, numbers: readonly number[], bare = false): string =>
  ` ${first}${operator.toUpperCase()};${bare ? "bare" : ""};${numbers.join(",")}${last} `;

const digits = String.raw`[#$]? ?[sS]?\d{1,3}`;
const ended = String.raw`(?![\w.*$?/"'\[]|-[a-z])`; // the digits are no part of a word, a date or a heading
const between = String.raw`(?: ?(?:-|,|;|\.\.|\bto\b|\bthrough\b) ?| )`;
// the bound keeps the time linear for a text of numbers
const list = `${digits}${ended}(?:${between}${digits}${ended}){0,999}`;
const behind = new RegExp(String.raw`\b(or|and) ?/ ?(?:\( ?(${list}) ?\)|\{ ?(${list}) ?\}|(${list}))`, "gi"); // or/1-4
const before = new RegExp(
  String.raw`(?<![\w#/.-])(?:\( ?)?(${digits}(?:${between}${digits}){0,999}) ?(?:\) ?)?/ ?(or|and)\b`,
  "gi",
); // 1-4/or
const loose = new RegExp(
  String.raw`^[({]? ?(or|and) ?[({]? ?(${digits}${ended}(?: ?(?:-|,|\.\.|\bto\b) ?${digits}${ended})+)[ )}]*$`,
  "i",
); // {or #1-#4}, or 1-4
const joiner = String.raw`\b(?:and|or|not)\b`;
const alone = new RegExp(String.raw`(?<=(?:^|[(]|${joiner}) *)\d{1,3}(?= *(?:$|[)]|${joiner}))`, "gi");
const hashed = /(?<![\w#&])#\s?\d{1,3}(?![\w*$?[])/g;
const lettered = /(?<![\w])[sS]\d{1,3}(?![\w*$?.[/-])/g;

interface ReferenceStyle {
  readonly letter: boolean; // lines are called S1, S2, as in EBSCO
}

/**
 * Marks the references of a line to other lines: `or/1-4`, `and/1,3-5`, `2-9/OR`, `#3`, and numbers that stand alone
 * beside operators and parentheses, `3 and x.pt.`. Quoted text and bracketed tags are not changed. A remark in brackets
 * behind the last number, `15 and 53 [Block A AND Block B]`, is left out. `warn` is called for each guess.
 */
export function marked(line: string, { letter }: ReferenceStyle, warn: (text: string) => void): string {
  const kept: string[] = [];
  const hidden = line
    .replace(/[\ue000-\ue002]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/(?<=[\d)] ?)\[([^\[\]]*)\]$/, (remark: string, inside: string) => (fieldOf(inside) ? remark : ""))
    .replace(/(?<=\d) ?[~.,;: ]+$/, "")
    .replace(/"[^"]*"|\[[^\[\]]*\]/g, (whole) => `\ue002${kept.push(whole)}\ue002`);
  return hidden
    .replace(loose, (_, operator: string, numbers: string) => mark(operator, numbersOf(numbers, warn)))
    .replace(behind, (_, operator: string, a?: string, b?: string, c?: string) =>
      mark(operator, numbersOf((a ?? b ?? c)!, warn)),
    )
    .replace(before, (_, numbers: string, operator: string) => mark(operator, numbersOf(numbers, warn)))
    .replace(hashed, (reference) => mark("OR", numbersOf(reference, warn)))
    .replace(letter ? lettered : /$^/, (reference) => mark("OR", numbersOf(reference, warn)))
    .replace(alone, (reference) => mark("OR", numbersOf(reference, warn), true))
    .replace(/\ue002(\d+)\ue002/g, (_, place: string) => kept[Number(place) - 1]!);
}

/**
 * The numbers of a list, with its ranges written out: "1,3-5" gives 1, 3, 4 and 5. Two numbers with a space between
 * them are read as a range whose dash was lost.
 */
function numbersOf(list: string, warn: (text: string) => void = () => {}): number[] {
  const tidy = list
    .replace(/[#$sS{}()\s]+/g, " ")
    .replace(/\b(?:to|through)\b|\.\./gi, "-")
    .trim();
  if (/^\d+ \d+$/.test(tidy)) warn(`"${list.trim()}" was read as ${tidy.replace(" ", "-")}`);
  return tidy
    .replace(/^(\d+) (\d+)$/, "$1-$2")
    .replace(/ ?- ?/g, "-")
    .split(/[,;\s]+/)
    .flatMap((part) => {
      const ends: readonly number[] = part.split("-").filter(Boolean).map(Number);
      const [low, high] = [Math.min(...ends), Math.max(...ends)];
      return low > 0 && high < 1000 ? Array.from({ length: high - low + 1 }, (_, i) => low + i) : [];
    });
}

/** Whether a line consists of references joined by operators. */
export function isJoin(line: string): boolean {
  const text = marked(line, { letter: false }, () => {});
  return (
    text.includes(first) &&
    text
      .replace(new RegExp(setMarks.source, "g"), " ")
      .replace(/\b(?:and|or|not)\b|[(){}[\]]/gi, " ")
      .trim() === ""
  );
}
