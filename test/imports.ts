import ts from "typescript";

/** What a source file imports. */
export interface Imports {
  /** The literals: of import and export declarations, of types, and of calls of import, require and require.resolve. */
  readonly paths: readonly string[];
  /** The imports whose path is computed, as they are written. Nobody can tell from the source what they import. */
  readonly computed: readonly string[];
}

/** Reads the imports of a file, those of types alone included. Comments and other strings do not count. */
export function importsIn(file: string, text: string): Imports {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const paths: string[] = [];
  const computed: string[] = [];
  const take = (path: ts.Node | undefined, whole: ts.Node): void => {
    if (path && ts.isStringLiteralLike(path)) paths.push(path.text);
    else computed.push(whole.getText(source));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier))
      take(node.moduleSpecifier, node);
    else if (ts.isExternalModuleReference(node)) take(node.expression, node);
    else if (ts.isImportTypeNode(node)) take(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node, node);
    else if (ts.isCallExpression(node)) call(node);
    else if (ts.isIdentifier(node) && node.text === "require" && isPassedOn(node))
      computed.push(node.parent.getText(source));
    ts.forEachChild(node, visit);
  };
  const call = (node: ts.CallExpression): void => {
    const callee = node.expression.getText(source);
    if (["import", "require", "require.resolve"].includes(callee)) take(node.arguments[0], node);
    else if (/\bcreateRequire$/.test(callee)) computed.push(node.getText(source));
    else if (namesProgram(node)) computed.push(node.getText(source));
  };
  visit(source);
  return { paths, computed };
}

/**
 * Whether `require` itself is a value here: `const load = require`, `run(require)`. It may then be called with
 * anything.
 */
function isPassedOn(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) return parent.arguments.includes(node);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return (
    ts.isShorthandPropertyAssignment(parent) || ts.isReturnStatement(parent) || ts.isArrayLiteralExpression(parent)
  );
}

/**
 * `join(__dirname, "worker.js")`: the path of a source file, joined where `require.resolve("./worker")` would name it.
 */
function namesProgram(node: ts.CallExpression): boolean {
  const isPlace = (one: ts.Node): boolean => ts.isIdentifier(one) && one.text === "__dirname";
  const isProgram = (one: ts.Node): boolean => ts.isStringLiteralLike(one) && /\.[cm]?[jt]s$/.test(one.text);
  return node.arguments.some(isPlace) && node.arguments.some(isProgram);
}

/**
 * The circles among `arrows`: groups of files each of which reaches every other one of its group. Each group is sorted.
 */
export function circlesIn(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>(); // when a file was first met
  const low = new Map<string, number>(); // the earliest file that it reaches among those still open
  const open: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    open.push(file);
    for (const next of arrows.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = open.splice(open.indexOf(file)).sort();
    if (group.length > 1 || arrows.get(file)?.includes(file)) found.push(group);
  };
  for (const file of arrows.keys()) if (!order.has(file)) visit(file);
  return found;
}
