import { readdirSync } from "node:fs";
import path from "node:path";
import type * as tsTypes from "@tslab/typescript-for-tslab";
import { loadTypeScript } from "../source/load-typescript";

/** The candidates for a completion at a position of a cell. */
export interface Completions {
  readonly start: number; // UTF-16 units, the span that a candidate replaces
  readonly end: number;
  readonly candidates: readonly string[];
}

/** The inside of a string that a cursor stands in. */
interface Inside {
  readonly start: number; // after the opening quote
  readonly end: number; // before the closing quote, or where an unfinished string ends
  readonly isImport: boolean;
}

/**
 * Completes the candidates of tslab where the cursor stands in a string: tslab has the names, but not the span that
 * they replace. In the name of a module, the candidates are files and folders.
 *
 * @param folder where relative imports of the cell start
 */
export function insideString(
  code: string,
  position: number,
  folder: string,
  found: () => readonly string[],
): Completions | undefined {
  const inside = stringAt(code, position);
  if (!inside) return undefined;
  const typed = code.slice(inside.start, position);
  const names = inside.isImport && /^\.\.?\//.test(typed) ? filesFor(typed, folder) : found();
  return { start: inside.start, end: inside.end, candidates: matching(names, typed) };
}

/** Those that begin with what is typed; else, as tslab does for names, those that contain it. */
export function matching(names: readonly string[], typed: string): string[] {
  const begin = names.filter((name) => name.startsWith(typed));
  return begin.length > 0 ? begin : names.filter((name) => name.toLowerCase().includes(typed.toLowerCase()));
}

function stringAt(code: string, position: number): Inside | undefined {
  const ts = loadTypeScript();
  const source = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, true);
  let inside: Inside | undefined;
  const visit = (node: tsTypes.Node): void => {
    if (position < node.getFullStart() || position > node.end || inside) return;
    if (ts.isStringLiteralLike(node) && position > node.getStart()) {
      const closed = node.end - node.getStart() > 1 && code[node.end - 1] === code[node.getStart()];
      if (position >= node.end && closed) return;
      inside = { start: node.getStart() + 1, end: closed ? node.end - 1 : position, isImport: isSpecifier(ts, node) };
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return inside;
}

function isSpecifier(ts: ReturnType<typeof loadTypeScript>, node: tsTypes.Node): boolean {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  return (
    ts.isCallExpression(parent) &&
    (parent.expression.kind === ts.SyntaxKind.ImportKeyword || parent.expression.getText() === "require")
  );
}

/** Source files and folders that begin as `typed` does, as an import names them. */
function filesFor(typed: string, folder: string): string[] {
  const above = typed.slice(0, typed.lastIndexOf("/") + 1);
  try {
    return readdirSync(path.resolve(folder, above), { withFileTypes: true })
      .filter(
        (entry) =>
          !entry.name.startsWith(".") &&
          (entry.isDirectory() ? entry.name !== "node_modules" : /\.(?:[mc]?[jt]sx?|json)$/.test(entry.name)),
      )
      .map((entry) => above + (entry.isDirectory() ? `${entry.name}/` : entry.name.replace(/(?:\.d)?\.tsx?$/, "")))
      .sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
