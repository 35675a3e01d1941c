import type { Executor } from "tslab/dist/executor";
import { compileError, interruptedError, runtimeError, type CellError, type Complaint } from "./cell-error";
import { prepare, type Place } from "./prepare";
import { amendTypeScript } from "./typescript";

/** How a cell ended. `value` is its last expression, absent where there is none or it is null or undefined. */
export type Outcome = { readonly kind: "ok"; readonly value?: unknown } | { readonly kind: "failed"; readonly error: CellError };

export interface Completions {
  readonly start: number; // UTF-16 units, the span that a candidate replaces
  readonly end: number;
  readonly candidates: readonly string[];
}

/** Compiles and runs cells, one after the other, in one scope. Knows nothing of Jupyter. */
export interface Interpreter {
  execute(code: string): Promise<Outcome>;
  /** Ends the waiting cell with the error "Interrupted"; what it left running is not stopped. */
  abandon(): void;
  complete(code: string, position: number): Completions;
  /** Signature and documentation of the name at `position`, or undefined. */
  inspect(code: string, position: number): string | undefined;
  /** Whether `code` is a whole cell; otherwise how far to indent its next line. */
  isComplete(code: string): { readonly complete: boolean; readonly indent: string };
}

/** What tslab reported while a cell ran. */
type Report = { value?: unknown; thrown?: { readonly error: unknown }; complaints: Complaint[] };

/** tslab prints a diagnostic as (this format, "file " or "", line, column, message). */
const diagnosticFormat = "%s%d:%d - %s";

/** tslab's converter and executor over the project at `root`. Call once per process: it sets compiler options for all of it. */
export function createInterpreter(place: Place): Interpreter {
  amendTypeScript(place.root);
  const converter = require("tslab/dist/converter.js") as typeof import("tslab/dist/converter");
  const { printQuickInfo } = require("tslab/dist/inspect.js") as typeof import("tslab/dist/inspect");
  const { createExecutor } = require("tslab/dist/executor.js") as typeof import("tslab/dist/executor");

  let report: Report = { complaints: [] };
  const listener = {
    log: (value: unknown) => void (report.value = value),
    error: (first: unknown, ...rest: unknown[]) => {
      if (first !== diagnosticFormat) return void (report.thrown = { error: first });
      const [file, line, column, message] = rest as [string, number, number, string];
      report.complaints.push({ file: file.trim(), line, column, message });
    },
  };
  const executor = inFolder(place.root, (): Executor => {
    const node = converter.createConverter({ isJS: false, isBrowser: false });
    const browser = new Proxy(node, { get: () => () => fail("browser cells are not supported here. Remove the /** @browser */ comment.") });
    return createExecutor(place.root, { node, browser, close: () => node.close() }, listener);
  });

  return {
    async execute(code) {
      const mine: Report = (report = { complaints: [] });
      const prepared = prepare(code, place);
      let ok: boolean;
      try {
        ok = await executor.execute(prepared.text);
      } catch (error) {
        return { kind: "failed", error: runtimeError(error) };
      }
      if (ok) return "value" in mine ? { kind: "ok", value: mine.value } : { kind: "ok" };
      if (!mine.thrown) return { kind: "failed", error: compileError(code, asTyped(mine.complaints, code, prepared.text, prepared.back)) };
      const { error } = mine.thrown;
      const abandoned = (error as Error | undefined)?.message === "Interrupted asynchronously";
      return { kind: "failed", error: abandoned ? interruptedError : runtimeError(error) };
    },
    abandon: () => executor.interrupt(),
    complete(code, position) {
      const { text, forward, back } = prepare(code, place);
      const { start, end, candidates } = executor.complete(text, forward(position));
      return { start: back(start), end: back(end), candidates };
    },
    inspect(code, position) {
      const { text, forward } = prepare(code, place);
      const found = executor.inspect(text, forward(position)) as ReturnType<Executor["inspect"]> | undefined;
      return found && printQuickInfo(found);
    },
    isComplete(code) {
      const { completed, indent = "" } = converter.isCompleteCode(code);
      return { complete: completed, indent };
    },
  };
}

/** Moves columns of complaints about the cell back to the code as typed; lines are the same. */
function asTyped(complaints: readonly Complaint[], typed: string, prepared: string, back: (position: number) => number): Complaint[] {
  const lineStart = (text: string, line: number): number => text.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  return complaints.map((complaint) => {
    if (complaint.file !== "") return complaint;
    const position = back(lineStart(prepared, complaint.line) + complaint.column - 1);
    return { ...complaint, column: Math.max(1, position - lineStart(typed, complaint.line) + 1) };
  });
}

/** Runs `make` with another working folder: tslab takes its compiler's root from there. */
function inFolder<T>(folder: string, make: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return make();
  } finally {
    process.chdir(before);
  }
}

function fail(message: string): never {
  throw new Error(message);
}
