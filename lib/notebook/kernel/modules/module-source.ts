import { readFileSync } from "node:fs";
import path from "node:path";
import type { BuiltModule } from "./built-modules";
import { amendOutput } from "../source/cell-output";
import type { Edited } from "../source/edits";
import { loadTypeScript } from "../source/load-typescript";
import { withoutMapLine } from "../source/map-line";

/** A source file as it runs. */
interface CompiledModule {
  readonly amended: Edited; // the body of a CommonJS module, with the kernel's amendments
  readonly compiled: string; // as TypeScript made it
  readonly maps: readonly string[]; // source maps, JSON, towards the file
}

/** What a module's code may call besides CommonJS's own names. */
export const moduleNames = { import: "__import", meta: "__meta" } as const;

/**
 * Compiles one file of TypeScript or JavaScript to CommonJS, without looking at any other: types are the
 * compiler's business. Throws a SyntaxError that shows the place.
 *
 * @param shown how the file is called in errors
 * @param built finds what was compiled before
 */
export function compileModule(
  file: string,
  shown: string,
  built: (file: string, source: string) => BuiltModule | undefined,
): CompiledModule {
  const ts = loadTypeScript();
  const text = readFileSync(file, "utf8");
  const made = built(file, text);
  if (made)
    return { amended: amendOutput(made.compiled, { names: moduleNames }), compiled: made.compiled, maps: [made.map] };
  const source = text.replace(/^#!.*/, "");
  if (/\.c?js$/.test(file) && !hasModuleSyntax(source, file))
    return { amended: amendOutput(source, { names: moduleNames }), compiled: source, maps: [] };
  const {
    outputText,
    sourceMapText,
    diagnostics = [],
  } = ts.transpileModule(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      experimentalDecorators: true,
      jsx: ts.JsxEmit.React,
      allowJs: true,
      sourceMap: true,
      newLine: ts.NewLineKind.LineFeed,
    },
  });
  const [first] = diagnostics.filter(({ file: where, start }) => where !== undefined && start !== undefined);
  if (first?.file && first.start !== undefined) {
    const { line, character } = first.file.getLineAndCharacterOfPosition(first.start);
    throw syntaxError(
      `${shown}:${line + 1}:${character + 1} - ${ts.flattenDiagnosticMessageText(first.messageText, "\n")}`,
      source.split("\n")[line] ?? "",
      character,
    );
  }
  const compiled = withoutMapLine(outputText);
  return {
    amended: amendOutput(compiled, { names: moduleNames }),
    compiled,
    maps: sourceMapText ? [sourceMapText] : [],
  };
}

/** @param column counts from 0 */
function syntaxError(message: string, line: string, column: number): SyntaxError {
  return new SyntaxError(`${message}\n    ${line}\n    ${" ".repeat(column)}^`);
}

function hasModuleSyntax(source: string, file: string): boolean {
  const ts = loadTypeScript();
  if (path.extname(file) === ".cjs") return false;
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, false, ts.ScriptKind.JS);
  return ts.isExternalModule(parsed);
}
