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
  return { ename: "TypeScriptError", evalue: complaints[0]?.message ?? what, traceback: [`TypeScriptError: ${what}`, ...traceback] };
}

/** The error of a cell that threw `thrown`: frames of the kernel itself are left out, others go through `translate`. */
export function runtimeError(thrown: unknown, translate: (frame: string) => string = (frame) => frame): CellError {
  if (!isErrorLike(thrown)) return { ename: thrown === null ? "null" : typeof thrown, evalue: String(thrown), traceback: [`Thrown: ${String(thrown)}`] };
  if (thrown.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" || (thrown.name === "Interrupted" && thrown.message === "the cell was interrupted")) return interruptedError;
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const kernel = frames.findIndex((line) => /sigintHandlersWrap|tslab[\\/]dist|notebook[\\/]kernel[\\/]/.test(line));
  const shown = (kernel < 0 ? frames : frames.slice(0, kernel)).filter((line) => !/\bnode:internal\b|__stopCheck|stopIfMeant/.test(line)).map(translate).filter((line) => line !== "");
  const cause = thrown.cause === undefined ? [] : runtimeError(thrown.cause, translate).traceback.map((line, i) => (i === 0 ? `Caused by ${line}` : line));
  return { ename: thrown.name, evalue: thrown.message, traceback: [`${thrown.name}: ${thrown.message}`, ...shown, ...cause] };
}

/** The error of a cell that was interrupted and did not end by itself. */
export const interruptedError: CellError = {
  ename: "Interrupted",
  evalue: "the cell was stopped before it ended",
  traceback: ["Interrupted: the cell was stopped before it ended"],
};

type ErrorLike = { name: string; message: string; stack?: string; code?: unknown; cause?: unknown };

/** Errors of other realms and other copies of a module count: they are known by shape. */
function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === "object" && value !== null && typeof (value as ErrorLike).name === "string" && typeof (value as ErrorLike).message === "string";
}
