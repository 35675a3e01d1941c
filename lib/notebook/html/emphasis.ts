/** A pair of marks around text, and the element it becomes. */
interface Mark {
  readonly mark: string;
  readonly tag: string;
  readonly alone: boolean; // beside a letter, a digit or _ it is part of a word: snake_case
}

/** In this order: ** before *. */
const marks: readonly Mark[] = [
  { mark: "**", tag: "strong", alone: false },
  { mark: "__", tag: "strong", alone: true },
  { mark: "*", tag: "em", alone: false },
  { mark: "_", tag: "em", alone: true },
  { mark: "~~", tag: "del", alone: false },
];

/** `html` with **strong**, *emphasised* and ~~struck~~ text as elements, each within one line. Takes linear time. */
export function emphasised(html: string): string {
  const lines = html.split(/([\n\r\u2028\u2029])/); // the ends of lines are kept, between the lines
  return lines.map((line) => marks.reduce(inLine, line)).join("");
}

function inLine(line: string, { mark, tag, alone }: Mark): string {
  const pieces: string[] = [];
  let from = 0;
  for (let open = line.indexOf(mark); open >= 0; ) {
    const inside = open + mark.length;
    if (!visible(line[inside]) || (alone && inWord(line[open - 1]))) {
      open = line.indexOf(mark, open + 1);
      continue;
    }
    const close = closing(line, inside + 1, mark, alone);
    if (close < 0) break; // later marks have no end either
    pieces.push(line.slice(from, open), `<${tag}>`, line.slice(inside, close), `</${tag}>`);
    from = close + mark.length;
    open = line.indexOf(mark, from);
  }
  return from === 0 ? line : pieces.join("") + line.slice(from);
}

/** Where the mark that closes stands, at `from` or later; -1 where there is none. */
function closing(line: string, from: number, mark: string, alone: boolean): number {
  let at = line.indexOf(mark, from);
  while (at >= 0 && !(visible(line[at - 1]) && !(alone && inWord(line[at + mark.length]))))
    at = line.indexOf(mark, at + 1);
  return at;
}

const visible = (character: string | undefined): boolean => character !== undefined && /\S/.test(character);
const inWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
