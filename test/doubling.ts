/** A text that is hard on a scanner: `head`, then `body` again and again up to `length` characters, then `tail`. */
export interface Hard {
  readonly head?: string;
  readonly body: string;
  readonly tail?: string;
}

export const hardText = ({ head = "", body, tail = "" }: Hard, length: number): string =>
  head + body.repeat(Math.max(1, Math.floor((length - head.length - tail.length) / body.length))) + tail;

/** What opens and is not closed, what repeats, and what almost ends: together with each other, for every reader. */
export const hardTexts: readonly Hard[] = [
  ...[
    " ",
    "\n",
    "\t",
    "a",
    "1",
    "é",
    "\u0301",
    "\u200b",
    "\ud83d\ude42",
    "\ud800",
    '"',
    "'",
    "`",
    "\\",
    "*",
    "_",
    "~~",
    "#",
    ">",
    "<",
    "[",
    "(",
    "{",
    "|",
    "/",
    "-",
    ".",
    ":",
    "?",
    "$",
    "@",
    "&",
    "%",
    "=",
  ].map((body) => ({ body })),
  ...[
    "/*",
    "/**/",
    "--",
    "*/",
    "''",
    "'a'",
    '\\"',
    "[a",
    "]a[",
    "![",
    "](",
    "](a ",
    "**a",
    "* a",
    "__a ",
    "<a",
    "<!--",
    "<![CDATA[",
    "&amp;",
    "<script",
    "</script ",
    "<think>",
    "<answer>",
    '{"query":',
    "NaN",
    "-Infinity",
  ].map((body) => ({ body })),
  ...[
    "a b ",
    "a OR ",
    "a\n",
    "- a\n",
    "> ",
    "1. ",
    "| a ",
    "|-",
    "a, ",
    "a.ti. ",
    "a[ti] ",
    "[AU:",
    "1:",
    "a* ",
    "OR\t",
    "exp a/ ",
    "adj2 ",
    "a?b#",
    "1 and ",
    "PMID- 1\n",
    "AB  - a\n",
    "      a\n",
    "//# sourceMappingURL=",
    'import " with {',
    "<|im_start|>a\n",
    "Assistant:",
  ].map((body) => ({ body })),
  { head: '"', body: '\\"' },
  { head: '<think></think><answer>{"query": "', body: '\\"' },
  { head: '<think></think><answer>{"query": "', body: '\\"', tail: "</answer>" },
  { head: "<think></think><answer>", body: '"\\', tail: "</answer>" },
  { head: "<think></think><answer>{", body: '"a":NaN,', tail: "</answer>" },
  { head: '<think></think><answer>{"query": ', body: "[", tail: "</answer>" },
  { head: "SELECT '", body: "''" },
  { head: "SELECT ", body: "[" },
  { head: "/", body: "**/--*//**/\n/" },
  { head: "SELECT ", body: "(" },
  { head: "", body: "/**/", tail: "x" },
  { head: "# a", body: " ", tail: "\u2028" },
  { head: "* ", body: " ", tail: "\u2028" },
  { head: "a|b\n", body: " ", tail: "x" },
  { head: "a|b\n", body: "|-", tail: "x" },
  { head: "# a", body: " #", tail: "x" },
  { head: "// %% ", body: "a" },
  { head: "// %% a=", body: "[" },
  { head: "// %% a=[", body: " 1," },
  { head: "// %% ", body: "a=1 " },
  { head: "// %% ", body: "\t ", tail: "\u2028" },
  { head: "let a", body: " ", tail: "b" },
  { head: "let a: ", body: "a ", tail: ";" },
  { head: 'let a = "', body: "\\\\" },
  { head: "let a = 1", body: " ", tail: "x" },
  { head: "import a from ", body: '"a" with {' },
  { head: "limit 0 to", body: " ", tail: "\n" },
  { head: "OR", body: "\t" },
  { head: "dp", body: " ", tail: "0" },
  { head: "a", body: ".", tail: "px" },
  { head: "P: ", body: "\nI: \nC: " },
  { head: "at ", body: "0:" },
  { head: "<a>", body: "<a>" },
  { head: "<a ", body: 'b="' },
];

const trifle = 20; // ms: 40,000 characters compared with each other, one pair a nanosecond, take 800
const rounds = 10;

/** Processor time, which a busy machine does not lengthen as it lengthens the clock's. */
function milliseconds(work: () => void): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/**
 * How much longer `read` takes for each doubling of the text, over two doublings; 1 where even the longest text is a
 * trifle. Times are the least of several runs in turn; a factor above 2.5 is measured again before it is believed.
 */
export function growth(read: (text: string) => unknown, hard: Hard, length = 40_000): number {
  const [eighth, quarter, whole] = [hardText(hard, length / 8), hardText(hard, length / 4), hardText(hard, length)];
  if (milliseconds(() => read(eighth)) > 1000) return Infinity; // the whole might take minutes
  const least = { quarter: Infinity, whole: milliseconds(() => read(whole)) };
  let factor = Infinity;
  for (let round = 0; round < rounds && least.whole >= trifle && !(factor <= 2.5 && round > 1); round++) {
    least.quarter = Math.min(
      least.quarter,
      milliseconds(() => read(quarter)),
    );
    least.whole = Math.min(
      least.whole,
      milliseconds(() => read(whole)),
    );
    factor = Math.sqrt(least.whole / least.quarter);
  }
  return least.whole < trifle ? 1 : factor;
}
