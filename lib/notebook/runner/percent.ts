import { CorruptData } from "../../core/errors";
import { joined, type Notebook, type NotebookCell } from "./nbformat";

/**
 * Notebooks as TypeScript files in the percent format (jupytext, VS Code): a line `// %%` begins a code cell,
 * `// %% [markdown]` one of commented lines; metadata follow as `key=json`. Sources stay identical in both
 * directions. Outputs are not in the text.
 */

const marker = /^\/\/ %%(?!%)[ \t]*([^]*)$/;
// A line of code that looks like a marker gets a backslash; reading it takes the backslash away.
const escaped = /^(\/\/ \\*)(%%)/;

/** `notebook` as text. */
export function toPercent({ metadata, cells }: Notebook): string {
  return [head(metadata), ...cells.map(cellText)].join("\n");
}

function head(metadata: Record<string, unknown>): string {
  const { name, display_name, language } = { ...ours, ...(metadata["kernelspec"] as Partial<typeof ours> | undefined) };
  return (
    `// ---\n// jupyter:\n//   kernelspec:\n//     display_name: ${display_name}\n` +
    `//     language: ${language}\n//     name: ${name}\n// ---\n`
  );
}

const ours = { display_name: "DeepRetrieval (TypeScript)", language: "typescript", name: "deepretrieval" };

function cellText({ cell_type, metadata, source }: NotebookCell): string {
  const kind = cell_type === "code" ? "" : ` [${cell_type}]`;
  const settings = Object.entries(metadata)
    .filter(([, value]) => JSON.stringify(value) !== "[]")
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const text = joined(source).split("\n");
  const lines =
    cell_type === "code"
      ? text.map((line) => line.replace(escaped, "$1\\$2"))
      : text.map((line) => (line === "" ? "//" : `// ${line}`));
  return `// %%${kind}${settings.join("")}\n${lines.join("\n")}\n`;
}

/**
 * The notebook in `text`. Cells whose source is as in `before` keep its outputs, numbers and ids.
 * Throws CorruptData, naming `file`, where there is no cell or a setting is no JSON.
 */
export function fromPercent(file: string, text: string, before?: Notebook): Notebook {
  const lines = text.replaceAll("\r\n", "\n").replace(/\n$/, "").split("\n");
  const starts = lines.flatMap((line, i) => (marker.test(line) ? [i] : []));
  if (starts.length === 0)
    throw new CorruptData(
      file,
      "it has no line that begins a cell",
      "Write `// %%` above each code cell and `// %% [markdown]` above each commented text.",
    );
  const kept = new Map<string, NotebookCell[]>(); // by kind and source
  for (const cell of before?.cells ?? []) kept.set(contentKey(cell), [...(kept.get(contentKey(cell)) ?? []), cell]);
  const cells = starts.map((start, i): NotebookCell => {
    const end = starts[i + 1];
    const body = lines.slice(start + 1, end);
    if (end !== undefined && body.at(-1) === "") body.pop(); // the empty line between two cells
    const cell = parseCell(file, start + 1, marker.exec(lines[start]!)![1]!, body);
    const old = kept.get(contentKey(cell))?.shift();
    return old ? { ...old, metadata: cell.metadata, source: cell.source } : cell;
  });
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: before?.metadata ?? { kernelspec: kernelspec(lines.slice(0, starts[0])) },
    cells: numbered(cells),
  };
}

const contentKey = ({ cell_type, source }: NotebookCell): string => `${cell_type} ${joined(source)}`;

function parseCell(file: string, line: number, settings: string, body: readonly string[]): NotebookCell {
  const titleEnd = settings.search(/\[(?:markdown|md|raw)\]|(?<![\w-])[\w-]+=/);
  const title = titleEnd < 0 ? settings : settings.slice(0, titleEnd);
  const [, kind = "code", rest = ""] = /^(?:\[(markdown|md|raw)\])?([^]*)$/.exec(settings.slice(title.length)) ?? [];
  const metadata = { ...(title.trim() === "" ? {} : { title: title.trim() }), ...parseSettings(file, line, rest) };
  if (kind === "code") {
    const source = body.map((text) => text.replace(/^(\/\/ \\*)\\(%%)/, "$1$2")).join("\n");
    return { cell_type: "code", id: "", metadata, source, outputs: [], execution_count: null };
  }
  return {
    cell_type: kind === "raw" ? "raw" : "markdown",
    id: "",
    metadata,
    source: body.map((text) => text.replace(/^\/\/ ?/, "")).join("\n"),
  };
}

/** `tags=["a"] n=1` as a record: a value is JSON, up to a blank that is in no bracket and no string. */
function parseSettings(file: string, line: number, text: string): Record<string, unknown> {
  const found: [key: string, value: unknown][] = [];
  const name = /\s*([\w-]+)=/y;
  const end = text.trimEnd().length;
  for (let at = 0; at < end; ) {
    name.lastIndex = at;
    const [, key] = name.exec(text) ?? [];
    if (key === undefined)
      throw new CorruptData(
        file,
        `line ${line}: "${text.slice(at).trim()}" is not key=value`,
        "Write settings of a cell as key=json, or none.",
      );
    const start = name.lastIndex;
    at = valueEnd(text, start);
    found.push([key, parseValue(file, line, key, text.slice(start, at))]);
  }
  return Object.fromEntries(found);
}

/** The index after the JSON value at `start`. */
function valueEnd(text: string, start: number): number {
  const part = /\s+|[[{]|[\]}]|"[^"\\]*(?:\\[^][^"\\]*)*"?|[^\s[\]{}"]+/y;
  let depth = 0;
  part.lastIndex = start;
  for (let found = part.exec(text); found; found = part.exec(text)) {
    const [sign] = found;
    if (sign === "[" || sign === "{") depth++;
    else if (sign === "]" || sign === "}") depth--;
    else if (depth <= 0 && found.index > start && sign.trim() === "") return found.index;
  }
  return text.length;
}

function parseValue(file: string, line: number, key: string, json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new CorruptData(file, `line ${line}: the value of ${key} is no JSON`, `Write it as in tags=["parameters"].`, {
      cause,
    });
  }
}

function kernelspec(lines: readonly string[]): typeof ours {
  const value = (key: string): string | undefined =>
    lines.map((line) => new RegExp(`^//\\s+${key}: (.+)$`).exec(line)?.[1]).find((found) => found !== undefined);
  return {
    display_name: value("display_name") ?? ours.display_name,
    language: value("language") ?? ours.language,
    name: value("name") ?? ours.name,
  };
}

/** Ids must differ: those that are there stay, the others are called after their place. */
function numbered(cells: readonly NotebookCell[]): NotebookCell[] {
  const taken = new Set(cells.map(({ id }) => id));
  return cells.map((cell, i) => {
    if (cell.id !== "") return cell;
    let id = `cell-${i + 1}`;
    while (taken.has(id)) id += "-new";
    taken.add(id);
    return { ...cell, id };
  });
}
