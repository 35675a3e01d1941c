import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Converter, ConvertResult } from "tslab/dist/converter";
import type { Executor } from "tslab/dist/executor";
import { readSafely } from "../../render/text/read-safely";
import { compileError, interruptedError, runtimeError, type CellError, type Complaint } from "./cell-error";
import { amendOutput } from "../source/cell-output";
import { insideString, type Completions } from "../completion/completion";
import { cellGlobals } from "./input";
import { createLiveImports } from "../modules/live-imports";
import { createModuleComplaints } from "../compiler/module-complaints";
import { createModules } from "../modules/modules";
import { prepare, type Place, type Prepared } from "../source/prepare";
import { createScope, type Locals } from "./scope";
import { signatureHelp } from "../completion/signature-help";
import { completeness, type Completeness } from "../source/completeness";
import { createTraces, offsetOf, positionAt, type Position } from "../source/traces";
import { amendTypeScript } from "../compiler/typescript";

/** How a cell ended. `value` is its last expression, absent where there is none or it is null or undefined. */
type CellOutcome =
  | { readonly kind: "ok"; readonly value?: unknown }
  | { readonly kind: "failed"; readonly error: CellError };

/** Compiles and runs cells, one after the other, in one scope. Knows nothing of Jupyter. */
export interface Interpreter {
  /** @param label the cell's number, as traces name it */
  execute(code: string, label: string): Promise<CellOutcome>;
  /** Ends the waiting cell with the error "Interrupted"; what it left running is not stopped. */
  abandon(): void;
  /** Forgets what cells have declared, values and types. Loaded modules stay loaded. */
  forget(): void;
  complete(code: string, position: number): Completions;
  /** Signature and documentation of the name at `position`, or undefined. */
  inspect(code: string, position: number): string | undefined;
  isComplete(code: string): Completeness;
  /** A stack frame, with its place in the cell as typed. */
  translate(frame: string): string;
}

/** What tslab reported while a cell ran. */
type Report = { value?: unknown; thrown?: { readonly error: unknown }; complaints: Complaint[] };

/** tslab prints a diagnostic as (this format, "file " or "", line, column, message). */
const diagnosticFormat = "%s%d:%d - %s";

// What tslab puts before a cell's first line.
const prefixes = { await: "(async function(exports, require) { ", plain: "(function(exports, require) { " };

/**
 * tslab's converter and executor over the project at `root`. Call once per process: it sets compiler options for
 * all of it, and globals.
 *
 * @param globals values of the names that `cellGlobals` declares
 */
export function createInterpreter(place: Place, globals: Readonly<Record<string, unknown>> = {}): Interpreter {
  const compiler = amendTypeScript(place.root);
  const tslab = require("tslab/dist/converter.js") as typeof import("tslab/dist/converter");
  const { printQuickInfo } = require("tslab/dist/inspect.js") as typeof import("tslab/dist/inspect");
  const { createExecutor } = require("tslab/dist/executor.js") as typeof import("tslab/dist/executor");
  const traces = createTraces();

  let report: Report = { complaints: [] };
  // The cell that is being compiled.
  let current: { readonly code: string; readonly label: string; readonly prepared: Prepared } | undefined;
  let runs = 0;

  const listener = {
    log: (value: unknown) => void (report.value = value),
    error: (first: unknown, ...rest: unknown[]) => {
      if (first !== diagnosticFormat) return void (report.thrown = { error: first });
      const [file, line, column, message] = rest as [string, number, number, string];
      report.complaints.push({ file: file.trim(), line, column, message });
    },
  };

  const node = inFolder(place.root, () => tslab.createConverter({ isJS: false, isBrowser: false }));
  const converter: Converter = {
    ...node,
    convert: (_, source) => amend(check(convertAnyhow(node, scope.declarations(), source))),
  };
  const browser = new Proxy(node, {
    get: () => () => fail("browser cells are not supported here. Remove the /** @browser */ comment."),
  });
  const executor: Executor = createExecutor(
    place.root,
    { node: converter, browser, close: () => node.close() },
    listener,
  );
  Object.assign(executor.locals, globals);
  const scope = createScope(executor.locals as Record<string, unknown>, cellGlobals);
  // What tslab hands to cells.
  const shared = (globalThis as unknown as { __tslab__: Record<string, unknown> }).__tslab__;
  const modules = createModules(shared["require"] as (id: string) => unknown, place, traces);
  Object.assign(shared, {
    require: modules.require,
    import: modules.import,
    publish: scope.publish,
    meta: cellMeta(place),
  });
  const imports = createLiveImports(modules.local, place.root, executor.locals as Locals, (text) =>
    console.error(text),
  );
  const complaintsBehind = createModuleComplaints(place.root);

  /** Source files that a cell imports are checked with it. */
  function check(converted: ConvertResult): ConvertResult {
    if (converted.diagnostics.length > 0) return converted;
    const program = compiler.program();
    const complaints = complaintsBehind(program, program.getSourceFile(path.join(place.root, "__tslab__.ts"))!);
    if (complaints.length > 0) throw new DoesNotCompile(complaints);
    return converted;
  }

  /** Amends the code that is about to run, and records its source maps. */
  function amend(converted: ConvertResult): ConvertResult {
    const maps = compiler.takeMaps();
    const { output, hasToplevelAwait } = converted;
    const cell = current;
    if (!cell || output === undefined || converted.diagnostics.length > 0) return converted;
    const { code, label, prepared } = cell;
    const amended = amendOutput(output, { variables: prepared.names.variables });
    const prefix = hasToplevelAwait ? prefixes.await : prefixes.plain;
    const name = `cell-${++runs}.ts`;
    traces.know(name, {
      shown: `cell [${label}]`,
      amended: {
        ...amended,
        text: prefix + amended.text,
        back: (position) => amended.back(Math.max(0, position - prefix.length)),
      },
      compiled: output,
      maps: maps(output),
      // Line 1 is the `export {}` of tslab.
      typed: ({ line, column }) => positionAt(code, prepared.back(offsetOf(prepared.text, { line: line - 1, column }))),
    });
    scope.begin(prepared.names, converted.declOutput ?? "");
    return { ...converted, output: `${amended.text}\n//# sourceURL=${name}` };
  }

  const once = async (
    code: string,
    prepared: Prepared,
  ): Promise<CellOutcome | { readonly kind: "needs"; readonly id: string }> => {
    const mine: Report = (report = { complaints: [] });
    let ok = false;
    try {
      ok = await executor.execute(prepared.text);
    } catch (error) {
      mine.thrown = { error };
    } finally {
      scope.end(ok);
      imports.note(prepared.text, [...prepared.names.variables, ...prepared.names.fixed]);
    }
    if (ok) return "value" in mine ? { kind: "ok", value: mine.value } : { kind: "ok" };
    if (!mine.thrown) return { kind: "failed", error: compileError(code, asTyped(mine.complaints, code, prepared)) };
    if (mine.thrown.error instanceof DoesNotCompile)
      return { kind: "failed", error: compileError(code, mine.thrown.error.complaints) };
    const { error } = mine.thrown;
    if (readSafely(error, "name") === "NeedsImport") return { kind: "needs", id: String(readSafely(error, "id")) };
    return {
      kind: "failed",
      error:
        readSafely(error, "message") === "Interrupted asynchronously"
          ? interruptedError
          : runtimeError(error, traces.translate),
    };
  };

  return {
    async execute(code, label) {
      try {
        imports.update();
        compiler.renew();
        const prepared = prepare(code, place);
        current = { code, label, prepared };
        // Imports come first in a cell: where one must be loaded by import(), nothing else has run yet.
        for (const tried = new Set<string>(); ; ) {
          const outcome = await once(code, prepared);
          if (outcome.kind !== "needs") return outcome;
          if (tried.has(outcome.id)) throw new Error(`${outcome.id} could not be imported`);
          tried.add(outcome.id);
          await modules.import(outcome.id);
        }
      } catch (error) {
        return { kind: "failed", error: runtimeError(error, traces.translate) };
      }
    },
    abandon: () => executor.interrupt(),
    forget() {
      imports.forget();
      scope.forget(Object.keys(globals));
    },
    complete(code, position) {
      compiler.renew();
      const { text, forward, back } = prepare(code, place, { written: false });
      const find = () => node.complete(scope.declarations(), text, forward(position));
      const inside = insideString(code, position, place.notebookDir, () =>
        (find().original?.entries ?? []).map(({ name }) => name),
      );
      if (inside) return inside;
      const { start, end, candidates } = find();
      return { start: back(start), end: back(end), candidates };
    },
    inspect(code, position) {
      compiler.renew();
      const { text, forward } = prepare(code, place, { written: false });
      const found = node.inspect(scope.declarations(), text, forward(position)) as
        | ReturnType<Converter["inspect"]>
        | undefined;
      if (found) return printQuickInfo(found);
      const program = compiler.program();
      const file = program.getSourceFile(path.join(place.root, "__tslab__.ts"))!;
      // Line 1 is the `export {}` of tslab.
      return signatureHelp(program, file, file.text.indexOf("\n") + 1 + forward(position));
    },
    isComplete: (code) => completeness(code, tslab.isCompleteCode(code)),
    translate: traces.translate,
  };
}

/** Moves complaints about the cell back to the code as typed; lines are the same. */
function asTyped(complaints: readonly Complaint[], typed: string, prepared: Prepared): Complaint[] {
  return complaints.map((complaint) => {
    if (complaint.file !== "") return complaint;
    const { column }: Position = positionAt(typed, prepared.back(offsetOf(prepared.text, complaint)));
    return {
      ...complaint,
      column,
      message: complaint.message.replace(/(?<=['"])\.[^'"]*(?=['"])/g, (id) => prepared.typed.get(id) ?? id),
    };
  });
}

/** Thrown through the compiler, because diagnostics of tslab do not tell files from the cell. */
class DoesNotCompile extends Error {
  constructor(readonly complaints: readonly Complaint[]) {
    super("it does not compile");
  }
}

const cellMeta = ({ notebookDir }: Place): object => ({
  url: pathToFileURL(path.join(notebookDir, "cell.ts")).href,
  dirname: notebookDir,
});

const untyped = "any";

/**
 * Converts a cell. Where the type of a variable cannot be declared (`const m = await import("node:fs")`), it converts
 * once more with that variable as `any`.
 */
function convertAnyhow(converter: Converter, declarations: string, source: string): ConvertResult {
  const converted = converter.convert(declarations, source);
  const unnamed = converted.diagnostics.filter(
    ({ code, fileName }) => !fileName && ((code >= 4000 && code < 4200) || code === 2742),
  );
  if (unnamed.length === 0 || unnamed.length < converted.diagnostics.length) return converted;
  const ends = [...new Set(unnamed.map(({ end }) => end.offset))].sort((a, b) => b - a);
  return converter.convert(
    declarations,
    ends.reduce((text, end) => `${text.slice(0, end)}: ${untyped}${text.slice(end)}`, source),
  );
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
