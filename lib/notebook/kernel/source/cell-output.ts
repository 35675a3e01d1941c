import type * as tsTypes from "@tslab/typescript-for-tslab";
import { edit, type Edit, type Edited } from "./edits";
import { checkCall } from "../engine/stop-checks";
import { loadTypeScript } from "./load-typescript";

const cellNames = { import: "__tslab__.import", meta: "__tslab__.meta" };

/**
 * Amends the JavaScript that tslab makes of a cell, without moving a line:
 *
 * - loops call a check, so that they can be stopped
 * - `let` and `var` of the cell are published by a getter and a setter instead of by value, so that later cells
 *   and functions of this one see the same variable: `exports.c = c` becomes `c`
 * - names are not set to undefined beforehand: after a cell that fails half way, the rest keep their values
 * - `import()` goes through the kernel, which also loads what only exists as an ES module, and `import.meta` is given
 * - re-exports of a module can be defined again, when it is loaded again
 *
 * @param variables names to publish by getter and setter; absent for a module that is imported, which keeps its exports
 * @param names what `import` and `import.meta` become
 */
export function amendOutput(
  javascript: string,
  {
    variables,
    names = cellNames,
  }: {
    readonly variables?: readonly string[];
    readonly names?: { readonly import: string; readonly meta: string };
  } = {},
): Edited {
  const ts = loadTypeScript();
  const source = ts.createSourceFile("cell.js", javascript, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const edits: Edit[] = [];
  const live = new Set(variables ?? []);

  const exported = (node: tsTypes.Node): string | undefined =>
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isPropertyAccessExpression(node.left) &&
    ts.isIdentifier(node.left.expression) &&
    node.left.expression.text === "exports"
      ? node.left.name.text
      : undefined;

  const visit = (node: tsTypes.Node): void => {
    const name = exported(node);
    if (name !== undefined && live.has(name)) {
      const { left, right } = node as tsTypes.BinaryExpression;
      edits.push({ at: left.getStart(), remove: right.getStart() - left.getStart(), insert: "" });
    }
    if (ts.isIterationStatement(node, false)) {
      const { statement } = node;
      if (ts.isBlock(statement)) edits.push({ at: statement.getStart() + 1, remove: 0, insert: checkCall });
      else
        edits.push(
          { at: statement.getStart(), remove: 0, insert: `{${checkCall}` },
          { at: statement.end, remove: 0, insert: "}" },
        );
    }
    const imported = ts.isCallExpression(node) ? importOf(node.getText()) : undefined;
    if (imported !== undefined)
      edits.push({ at: node.getStart(), remove: node.end - node.getStart(), insert: `${names.import}(${imported})` });
    else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      edits.push({ at: node.getStart(), remove: node.end - node.getStart(), insert: names.meta });
    else ts.forEachChild(node, visit);
  };

  if (!variables)
    edits.push(
      ...[...javascript.matchAll(/(?<=\{ enumerable: true, )(?=get: ?function)/g)].map(({ index }) => ({
        at: index!,
        remove: 0,
        insert: "configurable: true, ",
      })),
    );
  for (const statement of source.statements) {
    if (variables && ts.isExpressionStatement(statement) && isBeforehand(ts, statement.expression, exported)) {
      edits.push({ at: statement.getStart(), remove: statement.end - statement.getStart(), insert: "" });
    } else visit(statement);
  }
  const accessors = [...live].map((name) => `${name}: [() => ${name}, (value) => { ${name} = value; }]`);
  if (accessors.length > 0) edits.push({ at: 0, remove: 0, insert: `__tslab__.publish({ ${accessors.join(", ")} });` });
  return edit(javascript, edits);
}

/** `exports.a = exports.b = void 0`, which TypeScript puts first. */
function isBeforehand(
  ts: ReturnType<typeof loadTypeScript>,
  expression: tsTypes.Expression,
  exported: (node: tsTypes.Node) => string | undefined,
): boolean {
  let node = expression;
  if (exported(node) === undefined) return false;
  while (exported(node) !== undefined) node = (node as tsTypes.BinaryExpression).right;
  return ts.isVoidExpression(node);
}

/** The argument of an `import()` as TypeScript writes it for CommonJS, or undefined for other code. */
function importOf(code: string): string | undefined {
  if (!code.startsWith("Promise.resolve(")) return undefined;
  const literal =
    /^Promise\.resolve\(\)\.then\(\(\) => (?:__importStar\()?require\(((?:"[^"]*")|(?:'[^']*'))\)\)?\)$/.exec(code);
  if (literal) return literal[1];
  return /^Promise\.resolve\(([^]*)\)\.then\((?:s|\(s\)) => (?:__importStar\()?require\(s\)\)?\)$/.exec(code)?.[1];
}
