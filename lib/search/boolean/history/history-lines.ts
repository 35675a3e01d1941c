import { withoutCounts } from "./hit-counts";

/** A line of a search history as printed. */
export interface PrintedLine {
  readonly number: number; // the number as printed; else the line's place
  readonly text: string; // the text without number and count of hits; continued lines are joined
  readonly filters?: string; // the filters, which an export has in a column of its own
}

/** The lines of a history in the order in which they were searched. */
export interface PrintedHistory {
  readonly lines: readonly PrintedLine[];
  readonly numbered: boolean;
  readonly warnings: readonly string[];
}

/** A line that may begin with its number. The lines of one history are numbered in one `style`. */
interface Candidate {
  readonly number: number;
  readonly style: string;
  readonly text: string;
  readonly joins: boolean; // "1 or 2" joins two lines and is unlikely to be line 1
}

const styles: readonly (readonly [style: string, pattern: RegExp])[] = [
  ["#", /^[([]?# ?(\d{1,3})(?:\s*[.):\]]+|(?=\D)|$)\s*(?:[-=]\s)?([^]*)$/],
  ["S", /^S(\d{1,3})[.):]?(?:\s+|$)([^]*)$/],
  ["word", /^(?:line|set|search|query|step) ?#? ?(\d{1,3})\s*[.):\t-]\s*([^]*)$/i],
  [".", /^[([]?(\d{1,3})\s?[.):\]]+(?:\s*|$)([^]*)$/],
  ["tab", /^(\d{1,3})\t\s*([^]*)$/],
  [" ", /^(\d{1,3})(?: +[-–] +| +)([^]*)$/],
];

const joining = /^(?:and|or|not)\b(?!\s*\/)(?!\s*(?:[({]\s*)?[#sS]?\d+\s*-)/i;

function candidateOf(line: string): Candidate | undefined {
  for (const [style, pattern] of styles) {
    const [, number, text] = pattern.exec(line) ?? [];
    if (Number(number) > 0)
      return { number: Number(number), style, text: text!, joins: joining.test(text!) && style !== "." };
  }
  return undefined;
}

/**
 * The numbered lines of `text`. Undefined where it does not hold at least two numbers that follow each other, upwards
 * or, as PubMed prints them, downwards.
 */
export function numberedLines(text: string, namesLines: (line: string) => boolean): PrintedHistory | undefined {
  const lines = text.split(/\r\n?|\n|\u2028|\u2029/).map((line) => line.replace(/[^\S\t]+/g, " ").trim());
  const candidates = lines.map(candidateOf);
  const numbers = candidates.flatMap((candidate) => (candidate && !candidate.joins ? [candidate.number] : []));
  const steps = (by: number): number => numbers.filter((number, i) => i > 0 && number - numbers[i - 1]! === by).length;
  const down = steps(-1) > steps(1);
  if (
    numbers.length > 1
      ? Math.max(steps(1), steps(-1)) * 2 < numbers.length - 1
      : !(
          numbers[0] === 1 &&
          lines.filter(Boolean).length === 1 &&
          candidates.find((candidate) => candidate?.number === 1)!.style !== " "
        )
  )
    return undefined;
  return assembled(lines, candidates, down, namesLines);
}

function assembled(
  lines: readonly string[],
  candidates: readonly (Candidate | undefined)[],
  down: boolean,
  namesLines: (line: string) => boolean,
): PrintedHistory {
  const usual = mostOf(candidates.flatMap((candidate) => (candidate && !candidate.joins ? [candidate.style] : [])));
  const start = down ? -1 : candidates.findIndex((candidate) => candidate?.number === 1 && !candidate.joins);
  const warnings: string[] = [];
  let found: { number: number; text: string }[] = [];
  for (const [i, line] of lines.entries()) {
    const last = found.at(-1);
    const candidate = candidates[i];
    if (candidate && i >= start && follows(candidate, last, { usual, down, later: candidates.slice(i + 1, i + 12) })) {
      if (last && !down && candidate.number === 1) {
        warnings.push(
          `the numbers begin again at 1: the ${found.length} lines before were left out, as a search of their own`,
        );
        found = [];
      }
      if (found.some(({ number }) => number === candidate.number))
        warnings.push(`two lines have the number ${candidate.number}: from the second one on, it is meant`);
      found.push({ number: candidate.number, text: candidate.text });
    } else if (line && last && !down && namesLines(line) && !joining.test(line) && !unfinished(last.text)) {
      warnings.push(`a line without a number was read as line ${last.number + 1}: ${line.slice(0, 60)}`);
      found.push({ number: last.number + 1, text: line });
    } else if (line && last && continues(last.text, line)) last.text += /^[.,)\]]/.test(line) ? line : ` ${line}`;
    else if (/[\p{L}\p{N}]/u.test(line)) warnings.push(`a line without a number was left out: ${line.slice(0, 60)}`);
  }
  return { lines: down ? found.reverse() : found, numbered: true, warnings };
}

const jump = 10; // the most numbers that may be missing between two lines

/**
 * Whether a candidate is the next line of the history. Otherwise it continues a line and begins with a number by
 * chance.
 */
function follows(
  { number, style, joins }: Candidate,
  last: PrintedLine | undefined,
  {
    usual,
    down,
    later,
  }: { readonly usual: string; readonly down: boolean; readonly later: readonly (Candidate | undefined)[] },
): boolean {
  if (last === undefined) return !joins;
  const step = (number - last.number) * (down ? -1 : 1);
  if (joins) return step === 1 && style === usual && !unfinished(last.text);
  if (style !== usual) return step === 1 && !later.some((other) => other?.number === number && other.style === usual);
  return (
    step === 1 ||
    (step > 1 && step <= jump) ||
    (!down && number === 1) ||
    (step <= 0 && style !== " " && !unfinished(last.text))
  );
}

// characters at the end of a line that are examined; the bound keeps the time linear for a line that is continued often
const lookBack = 4000;

const opened = (text: string): number => (text.match(/[([]/g) ?? []).length - (text.match(/[)\]]/g) ?? []).length;

/** Whether a text must go on: a parenthesis is open, or an operator has no right side. */
const unfinished = (whole: string, text = whole.slice(-lookBack)): boolean =>
  opened(text) > 0 || /(?:^|[\s)\].])(?:and|or|not|adj\d*)$|,$|(?:^|\s)(?:and|or)\s*\/$/i.test(text);

/** Whether `line` continues `text`: `text` must go on, or `line` begins with an operator. */
function continues(text: string, line: string): boolean {
  if (unfinished(text) || /^(?:(?:and|or|not|adj\d*)\b|[)\],.])/i.test(line)) return true;
  return !/(?:\.\s?[a-z]{2}(?:,[a-z]{2})*\.?|\/[a-z]{0,2}|[\])]|\d)$/i.test(text.slice(-lookBack));
}

/**
 * The lines of a history that prints no numbers. Later lines join earlier ones by their places, as `namesLines` finds
 * out.
 */
export function unnumberedLines(text: string, namesLines: (line: string) => boolean): PrintedHistory | undefined {
  const texts: string[] = [];
  for (const line of text.split(/\r\n?|\n/).map((each) => each.replace(/\s+/g, " ").trim())) {
    if (!/[\p{L}\p{N}]/u.test(line)) continue;
    const last = texts.at(-1);
    if (last !== undefined && opened(last) > 0 && opened(last) + opened(line) <= 0 && opened(line) < 0)
      texts[texts.length - 1] = `${last} ${line}`;
    else texts.push(line);
  }
  if (texts.length < 2 || !withoutCounts(texts).some(namesLines)) return undefined;
  return { lines: texts.map((each, i) => ({ number: i + 1, text: each })), numbered: false, warnings: [] };
}

function mostOf(all: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}
