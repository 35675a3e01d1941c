import path from "node:path";
import type * as tsTypes from "@tslab/typescript-for-tslab";
import { edit, type Edit, type Edited } from "./edits";
import { loadTypeScript } from "./typescript";

/** Where a cell's code is, and where the compiler believes it to be. */
export interface Place {
  readonly notebookDir: string; // `./x` in a cell means this folder
  readonly root: string; // the compiler's working folder: it takes no source from outside
}

/**
 * Cures three things that tslab's converter does not take, without moving a line:
 * relative imports are made relative to the root, `{ task }` with `task` from an earlier cell becomes
 * `{ task: task }`, and a cell whose first await reads like a call (`await (…)`, `for await`) gets a plain
 * one in front.
 */
export function prepare(code: string, place: Place): Edited {
  const edits = [...relativeImports(code, place), ...shorthands(code)];
  if (/\bfor\s+await\b|\bawait\s*[([`+-]/.test(code)) edits.unshift({ at: 0, remove: 0, insert: "await 0;" });
  return edit(code, edits);
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

function shorthands(code: string): Edit[] {
  const ts = loadTypeScript();
  const edits: Edit[] = [];
  const visit = (node: tsTypes.Node): void => {
    if (ts.isShorthandPropertyAssignment(node)) edits.push({ at: node.name.end, remove: 0, insert: `: ${node.name.text}` });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, false));
  return edits;
}
