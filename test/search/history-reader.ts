/**
 * Reads the structure of published search histories, knowing nothing of the library's reader, so that both can be
 * compared: which lines there are, which of them a line names and how it joins them. What is not a reference, an
 * operator or a parenthesis is text.
 */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "line"; readonly number: number }
  | { readonly kind: "operator"; readonly operator: string }
  | { readonly kind: "open" | "close" }
  | { readonly kind: "list"; readonly operator: string; readonly numbers: readonly number[] };

export interface Line {
  readonly number: number;
  readonly mark: string; // the number as printed, with what stands around it; "" where none is
  readonly nodes: readonly Node[];
  readonly count: string; // the count of hits as printed, or ""
  readonly limited: boolean; // the line limits another one, or does something else to it
}

export interface History {
  readonly lines: readonly Line[]; // in the order of the search
  readonly newestFirst: boolean;
  readonly pubmed: boolean; // operators are taken from left to right
}

/** The number that a line begins with. "3 or 4" and "#3 OR #4" begin with none. */
function numberOf(line: string): { readonly number: number; readonly mark: string } | undefined {
  let at = line.startsWith("#") ? 1 : 0;
  while (line[at] === " ") at++;
  const from = at;
  while (/\d/.test(line[at] ?? "")) at++;
  const digits = line.slice(from, at);
  if (!digits || digits.length > 3) return undefined;
  const pointed = /[.)]/.test(line[at] ?? "");
  while (/[.)\s]/.test(line[at] ?? "")) at++;
  const rest = line.slice(at).toLowerCase();
  if (!pointed && !line.startsWith("#") && !/\s/.test(line[at - 1] ?? "")) return undefined;
  if (
    !pointed &&
    ["and ", "or ", "not "].some((operator) => rest.startsWith(operator) && /^[#(\d]/.test(rest.slice(operator.length)))
  )
    return undefined;
  return { number: Number(digits), mark: line.slice(0, at) };
}

/** A history, or undefined where lines neither have numbers nor name each other. */
export function historyOf(strategy: string): History | undefined {
  const lines = strategy
    .split("\n")
    .map((line) => line.replace(/[–—]/g, "-").replace(/[“”]/g, '"').replace(/˜/g, " ").trim())
    .filter((line) => /[A-Za-z0-9]/.test(line));
  if (lines.length < 2) return undefined;
  const numbers = lines.map(numberOf);
  const follow = numbers.filter(
    (own, i) => own && numbers[i - 1] && Math.abs(own.number - numbers[i - 1]!.number) === 1,
  ).length;
  const newestFirst =
    numbers.filter((own, i) => own && numbers[i - 1] && own.number < numbers[i - 1]!.number).length > lines.length / 2;
  const found: { number: number; mark: string; text: string }[] = [];
  if (follow >= lines.length / 2) {
    for (const [i, line] of lines.entries()) {
      const [own, last] = [numbers[i], found.at(-1)];
      if (own) found.push({ ...own, text: line.slice(own.mark.length) });
      else if (last && nodesOf(line).every(({ kind }) => kind !== "text") && !/\b(?:and|or)$/i.test(last.text))
        found.push({ number: last.number + 1, mark: "", text: line });
      else if (last) last.text += ` ${line}`;
    }
  } else {
    if (
      lines.length < 2 ||
      !lines.some(
        (line) => line.split(" ").length > 0 && nodesOf(withoutCount(line)[0]).every(({ kind }) => kind !== "text"),
      )
    )
      return undefined;
    for (const [i, line] of lines.entries()) found.push({ number: i + 1, mark: "", text: line });
  }
  if (newestFirst) found.reverse();
  const all = found.map(({ number, mark, text }): Line => {
    const [body, count] = withoutCount(text.replace(/^search:?\s+/i, "").replace(/\s+limits:.*$/i, ""));
    const [, named] = /^(?:limit|remove duplicates from|from)\s+(\d+)(?:\s|$)/i.exec(body) ?? [];
    return {
      number,
      mark,
      count,
      limited: named !== undefined,
      nodes: named === undefined ? nodesOf(body) : [{ kind: "line", number: Number(named) }],
    };
  });
  return { lines: all, newestFirst, pubmed: strategy.split("[").length > strategy.split(/\.[a-z]{2}\b|\/\s/).length };
}

/** A line without the count of hits at its end. */
function withoutCount(text: string): readonly [text: string, count: string] {
  const [count] = /\s+\([\d,]+\)$/.exec(text) ?? [];
  const before = text.slice(0, text.length - (count?.length ?? 0)).trim();
  return count === undefined || /\b(?:and|or|not)$/i.test(before) ? [text, ""] : [before, count];
}

/**
 * The parts of a line. A number is a reference where operators, parentheses or the line's ends stand on both its sides.
 */
export function nodesOf(line: string): readonly Node[] {
  const pieces =
    line
      .replace(/\b(and|or) ?\/ ?(?=\d)/gi, "$1/")
      .replace(/(?<=\d) ?- ?(?=\d)|(?<=\d) ?, ?(?=\d)/g, (mark) => mark.trim())
      .match(/"[^"]*"|\[[^\]]*\]|[()]|[^\s()"[\]]+/g) ?? [];
  const joins = (piece: string | undefined): boolean => piece === undefined || /^(?:and|or|not|[()])$/i.test(piece);
  const nodes: Node[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    const [, before, list, after] = /^(?:(and|or)\/)?([\d,-]+)(?:\/(and|or))?$/i.exec(piece) ?? [];
    if (piece === "(" || piece === ")") nodes.push({ kind: piece === "(" ? "open" : "close" });
    else if (/^(?:and|or|not)$/i.test(piece)) nodes.push({ kind: "operator", operator: piece.toLowerCase() });
    else if (list !== undefined && (before ?? after) !== undefined) {
      const lost = /^\d+$/.test(pieces[i + 1] ?? "") && /^\d+$/.test(list); // or/1 6
      nodes.push({
        kind: "list",
        operator: (before ?? after)!.toLowerCase(),
        numbers: ranges(lost ? `${list}-${pieces[++i]!}` : list),
      });
    } else if (/^#?\d{1,3}$/.test(piece) && (piece.startsWith("#") || (joins(pieces[i - 1]) && joins(pieces[i + 1]))))
      nodes.push({ kind: "line", number: Number(piece.replace("#", "")) });
    else {
      const last = nodes.at(-1);
      if (last?.kind === "text") nodes[nodes.length - 1] = { kind: "text", text: `${last.text} ${piece}` };
      else nodes.push({ kind: "text", text: piece });
    }
  }
  return nodes.some(({ kind }) => kind === "line" || kind === "list")
    ? wholeTexts(nodes)
    : [{ kind: "text", text: line }];
}

/**
 * Parentheses and operators inside a part that names no line are its text: `3 and (a or b).tw.` is line 3 and one text.
 */
function wholeTexts(nodes: readonly Node[]): readonly Node[] {
  const found: Node[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const end = nodes[i]!.kind === "open" ? closing(nodes, i) : i;
    const inside = nodes.slice(i, end + 1);
    if (end > i && inside.every(({ kind }) => kind !== "line" && kind !== "list")) {
      const suffix = nodes[end + 1]?.kind === "text" ? nodes[end + 1] : undefined;
      found.push({
        kind: "text",
        text: [...inside, ...(suffix ? [suffix] : [])]
          .map((node) => (node.kind === "text" ? node.text : node.kind === "operator" ? node.operator : ""))
          .join(" "),
      });
      i = end + (suffix ? 1 : 0);
    } else found.push(nodes[i]!);
  }
  return found;
}

function closing(nodes: readonly Node[], from: number): number {
  let depth = 0;
  for (let i = from; i < nodes.length; i++) {
    depth += nodes[i]!.kind === "open" ? 1 : nodes[i]!.kind === "close" ? -1 : 0;
    if (depth === 0) return i;
  }
  return from;
}

const ranges = (list: string): readonly number[] =>
  list.split(",").flatMap((part) => {
    const [from = 0, to = from]: readonly number[] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });

/**
 * What the last line finds, where `found` says what a text finds. Ovid takes AND and NOT before OR, PubMed all from
 * left to right.
 */
export function finds(
  { lines, pubmed }: History,
  found: (line: Line, text: number) => ReadonlySet<number>,
): ReadonlySet<number> {
  const sets = new Map<number, ReadonlySet<number>>();
  for (const line of lines)
    sets.set(
      line.number,
      evaluate(
        line,
        (number) => sets.get(number) ?? new Set(),
        (text) => found(line, text),
        pubmed,
      ),
    );
  return sets.get(lines.at(-1)!.number)!;
}

function evaluate(
  { nodes }: Line,
  set: (number: number) => ReadonlySet<number>,
  text: (number: number) => ReadonlySet<number>,
  pubmed: boolean,
): ReadonlySet<number> {
  let [at, texts] = [0, 0];
  return expression();

  function expression(): ReadonlySet<number> {
    let all: ReadonlySet<number>[] = [operand()]; // sides of OR
    for (let node = nodes[at]; node?.kind === "operator"; node = nodes[at]) {
      at++;
      const right = operand();
      const left = all.pop()!;
      if (node.operator === "or") all = pubmed ? [new Set([...left, ...right])] : [...all, left, right];
      else
        all.push(
          new Set(
            [...left].filter((record) => right.has(record) === (node!.kind === "operator" && node!.operator === "and")),
          ),
        );
    }
    return new Set(all.flatMap((side) => [...side]));
  }

  function operand(): ReadonlySet<number> {
    const node = nodes[at++];
    if (node?.kind === "line") return set(node.number);
    if (node?.kind === "text") return text(texts++);
    if (node?.kind === "list")
      return node.numbers
        .map(set)
        .reduce((left, right) =>
          node.operator === "or"
            ? new Set([...left, ...right])
            : new Set([...left].filter((record) => right.has(record))),
        );
    if (node?.kind !== "open") return new Set();
    const inner = expression();
    if (nodes[at]?.kind === "close") at++;
    return inner;
  }
}
