import path from "node:path";
import type * as tsTypes from "@tslab/typescript-for-tslab";
import { cellNames, type CellNames } from "./cell-names";
import { edit, type Edit, type Edited } from "./edits";
import { loadTypeScript } from "./load-typescript";

/** Where a cell's code is, and where the compiler believes it to be. */
export interface Place {
  readonly notebookDir: string; // `./x` in a cell means this folder
  readonly root: string; // the compiler's working folder: it takes no source from outside
}

/** A cell as the compiler takes it, and what it declares. */
export interface Prepared extends Edited {
  readonly names: CellNames;
  readonly typed: ReadonlyMap<string, string>; // relative import as the compiler sees it → as the cell has it
}

/**
 * Rewrites what tslab's converter does not accept, and keeps every line where it is: relative imports are made relative
 * to the root, `{ task }` with `task` from an earlier cell becomes `{ task: task }`, a cell whose first await reads
 * like a call (`await (…)`, `for await`) gets a plain one in front, `export` in front of a declaration is dropped (all
 * of a cell is seen by the next), and so is `with { type: "json" }`, which TypeScript 5.0 does not know.
 *
 * @param options.written false for a cell that is still being written: `{ kl` may become another name
 */
export function prepare(code: string, place: Place, { written = true } = {}): Prepared {
  const ts = loadTypeScript();
  const source = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, true);
  const imports = relativeImports(code, place);
  const edits = [...imports, ...(written ? shorthands(source) : []), ...exportWords(source), ...importAttributes(code)];
  if (/\bfor\s+await\b|\bawait\s*[([`+-]/.test(code)) edits.unshift({ at: 0, remove: 0, insert: "await 0;" });
  const typed = new Map(imports.map(({ at, remove, insert }) => [insert, code.slice(at, at + remove)]));
  return { ...edit(code, edits), names: cellNames(source), typed };
}

function relativeImports(code: string, { notebookDir, root }: Place): Edit[] {
  const imports = loadTypeScript().preProcessFile(code, true, true).importedFiles;
  return imports
    .filter(({ fileName }) => /^\.\.?(\/|$)/.test(fileName))
    .flatMap(({ fileName, pos }) => {
      const at = code.indexOf(fileName, pos);
      if (at < 0) return []; // written with escapes: left as it is
      const target = path.relative(root, path.resolve(notebookDir, fileName)).split(path.sep).join("/");
      return [{ at, remove: fileName.length, insert: target.startsWith(".") ? target : `./${target}` }];
    });
}

function shorthands(source: tsTypes.SourceFile): Edit[] {
  const ts = loadTypeScript();
  const edits: Edit[] = [];
  const visit = (node: tsTypes.Node): void => {
    if (ts.isShorthandPropertyAssignment(node))
      edits.push({ at: node.name.end, remove: 0, insert: `: ${node.name.text}` });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

function exportWords(source: tsTypes.SourceFile): Edit[] {
  const ts = loadTypeScript();
  return source.statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return [];
    return modifiers
      .filter(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      .map((word) => ({ at: word.getStart(), remove: "export".length, insert: "" }));
  });
}

function importAttributes(code: string): Edit[] {
  return [
    ...code.matchAll(
      /^([ \t]*import\b[^;\n"']*(?:"[^"\n]*"|'[^'\n]*'))(\s+(?:with|assert)\s*\{[^}\n\r\u2028\u2029]*\})/gm,
    ),
  ].map((match) => ({ at: match.index! + match[1]!.length, remove: match[2]!.length, insert: "" }));
}
