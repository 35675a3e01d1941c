import { hasTag, joined, type Notebook, type NotebookCell } from "./nbformat";

/**
 * Notebook parameters: the cell tagged `parameters` declares them, one per line, as `let name = literal;`.
 * Values from outside are assigned in a new cell behind it, so the notebook shows what it ran with.
 */

type ParameterType = "number" | "string" | "boolean";
export type ParameterValue = number | string | boolean;

interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: ParameterValue | undefined; // the default
}

/** The parameters a notebook declares, in order; none where no cell has the tag. */
export function declaredParameters(notebook: Notebook): Parameter[] {
  const cell = notebook.cells.find((candidate) => candidate.cell_type === "code" && hasTag(candidate, "parameters"));
  return cell ? joined(cell.source).split("\n").flatMap(parseLine) : [];
}

function parseLine(line: string): Parameter[] {
  const [name, annotation, text] = declared(line) ?? [];
  if (name === undefined || text === undefined) return [];
  const value = parseLiteral(text);
  const type = value === undefined ? annotatedType(annotation) : (typeof value as ParameterType);
  return type ? [{ name, type, value }] : [];
}

/** Name, type and value of `let name: type = value; // …`, as they are written; undefined for another line. */
function declared(line: string): readonly [name: string, annotation: string, text: string] | undefined {
  const [start, name] = /^\s*let\s+([A-Za-z_$][\w$]*)\s*/.exec(line) ?? [];
  const equals = start === undefined ? -1 : line.indexOf("=", start.length);
  if (start === undefined || name === undefined || equals < 0) return undefined;
  const between = line.slice(start.length, equals).trim();
  if (between !== "" && !/^:\s*\S/.test(between)) return undefined;
  const rest = line.slice(equals + 1).trimStart();
  const [quoted] = /^(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')/.exec(rest) ?? [];
  const [bare = ""] = /^[^;/]+/.exec(rest) ?? [];
  const text = quoted !== undefined && ends(rest.slice(quoted.length)) ? quoted : bare.trimEnd();
  return text !== "" && ends(rest.slice(text.length)) ? [name, between.slice(1).trim(), text] : undefined;
}

/** Whether nothing follows a value but a semicolon and a comment. */
const ends = (after: string): boolean => /^\s*(?:;\s*)?(?:\/\/|$)/.test(after);

function parseLiteral(text: string): ParameterValue | undefined {
  if (text === "true" || text === "false") return text === "true";
  if (/^["']/.test(text)) return text.slice(1, -1).replace(/\\(.)/g, "$1");
  const number = Number(text.replaceAll("_", ""));
  return Number.isNaN(number) ? undefined : number;
}

const annotatedType = (annotation = ""): ParameterType | undefined =>
  (["number", "string", "boolean"] as const).find((type) => annotation.split("|").some((part) => part.trim() === type));

/**
 * Checks values against the declarations and reads texts (`-p steps=8`) as the declared type.
 * Throws TypeError for a name that is not declared or a value of another type.
 */
export function checkParameters(
  declared: readonly Parameter[],
  given: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
  const checked = Object.entries(given).map(([name, value]) => {
    const parameter = declared.find((candidate) => candidate.name === name);
    if (!parameter) throw new TypeError(unknown(name, declared));
    return [name, asType(parameter, value)] as const;
  });
  return Object.fromEntries(checked);
}

function unknown(name: string, declared: readonly Parameter[]): string {
  if (declared.length === 0)
    return (
      `unknown parameter "${name}": the notebook declares none. Tag a cell \`parameters\` ` +
      `and write \`let ${name} = …;\` in it.`
    );
  return (
    `unknown parameter "${name}". The notebook knows: ` +
    `${declared.map(({ name: known, value }) => `${known} (${JSON.stringify(value) ?? "not set"})`).join(", ")}.`
  );
}

const booleans: Readonly<Record<string, boolean>> = { true: true, false: false };

function asType({ name, type, value: fallback }: Parameter, value: ParameterValue): ParameterValue {
  if (typeof value === type && (type !== "number" || Number.isFinite(value))) return value;
  if (typeof value === "string") {
    const number = Number(value);
    if (type === "number" && value.trim() !== "" && Number.isFinite(number)) return number;
    const truth = booleans[value];
    if (type === "boolean" && truth !== undefined) return truth;
  }
  const example = fallback === undefined ? "" : `, like ${JSON.stringify(fallback)}`;
  throw new TypeError(`parameter ${name} is ${JSON.stringify(value)}; it must be a ${type}${example}.`);
}

/** A copy of the notebook with `values` assigned behind the parameters cell; an earlier injection is replaced. */
export function injectParameters(notebook: Notebook, values: Readonly<Record<string, ParameterValue>>): Notebook {
  const cells = notebook.cells.filter((cell) => !hasTag(cell, "injected-parameters"));
  if (Object.keys(values).length === 0) return { ...notebook, cells };
  const at = cells.findIndex((cell) => cell.cell_type === "code" && hasTag(cell, "parameters"));
  const assignments = Object.entries(values).map(([name, value]) => `  ${name} = ${JSON.stringify(value)};`);
  const injected: NotebookCell = {
    cell_type: "code",
    id: "injected-parameters",
    metadata: { tags: ["injected-parameters"] },
    source: ["// Set from outside for this run", "{", ...assignments, "}"].join("\n"), // a block has no value to print
    outputs: [],
    execution_count: null,
  };
  return { ...notebook, cells: [...cells.slice(0, at + 1), injected, ...cells.slice(at + 1)] };
}
