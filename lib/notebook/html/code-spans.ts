/**
 * `text` with its code spans replaced by `make` of their code. A span begins and ends with as many backticks, within one line;
 * a space on either side of the code is dropped. Takes linear time.
 */
export function withCodeSpans(text: string, make: (code: string) => string): string {
  return text
    .split(/([\n\r\u2028\u2029])/)
    .map((line) => (line.includes("`") ? inLine(line, make) : line))
    .join("");
}

function inLine(line: string, make: (code: string) => string): string {
  const runs = [...line.matchAll(/`+/g)].map(({ 0: ticks, index }) => ({ at: index!, length: ticks.length }));
  const pieces: string[] = [];
  let from = 0;
  const closers = nextOfSameLength(runs.map(({ length }) => length));
  for (let i = 0; i < runs.length; i++) {
    const [open, close] = [runs[i]!, runs[closers[i]!]];
    if (!close) continue;
    pieces.push(line.slice(from, open.at), make(line.slice(open.at + open.length, close.at).replace(/^ (.+) $/, "$1")));
    from = close.at + close.length;
    i = closers[i]!;
  }
  return pieces.join("") + line.slice(from);
}

/** For each place, the next one with an equal length; undefined where there is none. */
function nextOfSameLength(lengths: readonly number[]): readonly (number | undefined)[] {
  const later = new Map<number, number>();
  const next = new Array<number | undefined>(lengths.length);
  for (let i = lengths.length - 1; i >= 0; i--) {
    next[i] = later.get(lengths[i]!);
    later.set(lengths[i]!, i);
  }
  return next;
}
