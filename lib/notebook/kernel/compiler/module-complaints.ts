import path from "node:path";
import type * as tsTypes from "@tslab/typescript-for-tslab";
import type { Complaint } from "../engine/cell-error";
import { loadTypeScript } from "../source/load-typescript";
import { isInstalled } from "./typescript";

const limit = 10; // complaints: the first are the cause of the others

/**
 * Finds syntax errors and type errors in the source files that a cell imports. Each state of the files is
 * checked once. The project's own lib/ is checked by its build, which is stricter than a notebook.
 */
export function createModuleComplaints(
  root: string,
): (program: tsTypes.Program, cell: tsTypes.SourceFile) => readonly Complaint[] {
  const ts = loadTypeScript();
  const fine = new Set<string>(); // states in which nothing was wrong

  return (program, cell) => {
    const files = sourcesBehind(program, cell, root);
    const state = files.map((file) => `${file.fileName}\n${(file as { version?: string }).version ?? ""}`).join("\n");
    if (files.length === 0 || fine.has(state)) return [];
    const diagnostics = files.flatMap((file) => {
      const wrong = program.getSyntacticDiagnostics(file);
      return wrong.length > 0 || file.fileName.startsWith(`${root}/lib/`)
        ? wrong
        : program.getSemanticDiagnostics(file);
    });
    const complaints = diagnostics.flatMap(({ file, start, messageText }): Complaint[] => {
      if (!file || start === undefined) return [];
      const { line, character } = file.getLineAndCharacterOfPosition(start);
      const name = file.fileName.startsWith(`${root}/`) ? path.relative(root, file.fileName) : file.fileName;
      return [
        {
          file: name,
          line: line + 1,
          column: character + 1,
          message: ts.flattenDiagnosticMessageText(messageText, "\n"),
          text: file.text.split("\n")[line] ?? "",
        },
      ];
    });
    if (complaints.length === 0) fine.add(state);
    return complaints.slice(0, limit);
  };
}

/** Source files, without declarations and packages, that `from` imports directly or through others. */
function sourcesBehind(program: tsTypes.Program, from: tsTypes.SourceFile, root: string): tsTypes.SourceFile[] {
  const found = new Set<tsTypes.SourceFile>();
  const open = [from];
  for (const file of open) {
    const resolved = (
      file as {
        resolvedModules?: {
          forEach(each: (found: { resolvedModule?: tsTypes.ResolvedModule } | undefined) => void): void;
        };
      }
    ).resolvedModules;
    resolved?.forEach((module) => {
      const name = module?.resolvedModule?.resolvedFileName;
      const next = name === undefined || isInstalled(name, root) ? undefined : program.getSourceFile(name);
      if (!next || next.isDeclarationFile || next.fileName.endsWith(".json") || found.has(next)) return;
      found.add(next);
      open.push(next);
    });
  }
  return [...found];
}
