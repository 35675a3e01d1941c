import { types } from "node:util";
import { inspectValue } from "../../render/text/inspect-value";
import { readSafely } from "../../render/text/read-safely";

/** How a cell failed, in the three fields that Jupyter shows. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[]; // lines, most of them one frame each
}

/** One complaint of the compiler. Lines and columns count from 1, in the cell as typed. */
export interface Complaint {
  readonly file: string; // "" for the cell itself
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly text?: string; // the line, for other files than the cell
}

/** The error of a cell that did not compile: every complaint, under the line it is about. */
export function compileError(code: string, complaints: readonly Complaint[]): CellError {
  const source = code.split("\n");
  const traceback = complaints.flatMap(({ file, line, column, message, text: elsewhere }) => {
    const place = `${file ? `${file}:` : ""}${line}:${column} - ${message}`;
    const text = file ? elsewhere : source[line - 1];
    return text === undefined ? [place] : [place, `    ${text}`, `    ${" ".repeat(Math.max(0, column - 1))}^`];
  });
  const what = complaints[0]?.file ? "a file that the cell imports does not compile" : "the cell does not compile";
  return {
    ename: "TypeScriptError",
    evalue: complaints[0]?.message ?? what,
    traceback: [`TypeScriptError: ${what}`, ...traceback],
  };
}

const most = { errors: 10, characters: 20_000, causes: 10 };

/**
 * The error of a cell that threw `thrown`, which may be anything: frames of the kernel itself are left out, others
 * go through `translate`. Its cause and the errors that it gathers follow.
 */
export function runtimeError(thrown: unknown, translate: (frame: string) => string = (frame) => frame): CellError {
  return described(thrown, translate, new Set());
}

function described(thrown: unknown, translate: (frame: string) => string, above: ReadonlySet<unknown>): CellError {
  const [ownName, ownMessage, code] = ["name", "message", "code"].map((name) => readSafely(thrown, name));
  if (
    code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" ||
    (ownName === "Interrupted" && ownMessage === "the cell was interrupted")
  )
    return interruptedError;
  if (!isErrorLike(thrown)) {
    const shown = clipped(inspectValue(thrown));
    return { ename: nameOf(thrown), evalue: shown, traceback: [`Thrown: ${shown}`] };
  }
  const [name, message] = [
    typeof ownName === "string" && ownName !== "" ? ownName : "Error",
    clipped(String(ownMessage)),
  ];
  const inside = new Set([...above, thrown]);
  const nested = (value: unknown): readonly string[] =>
    inside.has(value)
      ? ["an error that was named above"]
      : inside.size > most.causes
        ? ["… and more causes"]
        : described(value, translate, inside).traceback;
  const cause = readSafely(thrown, "cause");
  const causes = cause === undefined ? [] : nested(cause).map((line, i) => (i === 0 ? `Caused by ${line}` : line));
  const gathered = readSafely(thrown, "errors");
  const errors = name === "AggregateError" && Array.isArray(gathered) ? gathered : [];
  const parts = errors
    .slice(0, most.errors)
    .flatMap((error, i) =>
      nested(error).map((line, j) => (j === 0 ? `[${i + 1} of ${errors.length}] ${line}` : `    ${line}`)),
    );
  if (errors.length > most.errors) parts.push(`… and ${errors.length - most.errors} more errors`);
  const head = message === "" ? name : `${name}: ${message}`;
  return { ename: name, evalue: message, traceback: [head, ...framesOf(thrown, translate), ...parts, ...causes] };
}

/** The stack of an error, without the kernel's frames. */
function framesOf(thrown: object, translate: (frame: string) => string): string[] {
  const stack = readSafely(thrown, "stack");
  if (typeof stack !== "string") return [];
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const kernel = frames.findIndex((line) => /sigintHandlersWrap|tslab[\\/]dist|notebook[\\/]kernel[\\/]/.test(line));
  return (kernel < 0 ? frames : frames.slice(0, kernel))
    .filter((line) => !/\bnode:internal\b|__stopCheck|stopIfMeant/.test(line))
    .map(translate)
    .filter((line) => line !== "");
}

/** What kind of value was thrown: "number", "null", "Response". */
function nameOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return thrown === null ? "null" : typeof thrown;
  const name = readSafely(readSafely(thrown, "constructor"), "name");
  return typeof name === "string" && name !== "" ? name : "object";
}

const clipped = (text: string): string =>
  text.length > most.characters
    ? `${text.slice(0, most.characters)}… ${text.length - most.characters} more characters`
    : text;

/** The error of a cell that was interrupted and did not end by itself. */
export const interruptedError: CellError = {
  ename: "Interrupted",
  evalue: "the cell was stopped before it ended",
  traceback: ["Interrupted: the cell was stopped before it ended"],
};

/** Errors of other realms and other copies of a module count: they are known by shape. */
function isErrorLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return (
    types.isNativeError(value) ||
    (typeof readSafely(value, "name") === "string" && typeof readSafely(value, "message") === "string")
  );
}
