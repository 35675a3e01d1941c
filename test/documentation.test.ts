import path from "node:path";
import ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { docSnippets, given, readmeSnippets, root, type Snippet } from "./documentation";

/** Every example compiles, as a cell does, and whatever a public signature mentions can be imported. */

const index = path.join(root, "lib/index.ts");
const snippets = [...readmeSnippets(), ...docSnippets()];
// beside index.ts; they are in memory only
const fileOf = (i: number): string => path.join(root, "lib", `snippet-${i}.ts`);

let program: ts.Program;
let checker: ts.TypeChecker;
let published: readonly ts.Symbol[]; // what index.ts exports, aliases resolved

test.before(() => {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    path.join(root, "tsconfig.json"),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  )!;
  const { tsBuildInfoFile: _, ...options } = parsed.options;
  // As the kernel compiles cells: not strict, and with await on the top.
  const cells: ts.CompilerOptions = {
    ...options,
    strict: false,
    noUncheckedIndexedAccess: false,
    module: ts.ModuleKind.ES2022,
    noEmit: true,
    incremental: false,
    baseUrl: root,
    paths: { deepretrieval: ["lib/index"] },
  };
  const exported = exportsOf(ts.createProgram([index], cells));
  const texts = new Map(snippets.map((snippet, i) => [fileOf(i), moduleOf(snippet, exported)]));
  const host = ts.createCompilerHost(cells);
  const [read, exists] = [host.getSourceFile, host.fileExists];
  host.fileExists = (file) => texts.has(path.resolve(file)) || exists(file);
  host.getSourceFile = (file, ...rest) =>
    texts.has(path.resolve(file))
      ? ts.createSourceFile(file, texts.get(path.resolve(file))!, ts.ScriptTarget.ES2022, true)
      : read.call(host, file, ...rest);
  program = ts.createProgram([index, ...texts.keys()], cells, host);
  checker = program.getTypeChecker();
  published = symbolsOf(program, checker);
});

const resolved = (symbol: ts.Symbol, by: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? by.getAliasedSymbol(symbol) : symbol;
const symbolsOf = (of: ts.Program, by: ts.TypeChecker): ts.Symbol[] =>
  by.getExportsOfModule(by.getSymbolAtLocation(of.getSourceFile(index)!)!).map((symbol) => resolved(symbol, by));

/** Names of index.ts: those that are values, and those that are types only. */
function exportsOf(of: ts.Program): { readonly name: string; readonly value: boolean }[] {
  const by = of.getTypeChecker();
  return by
    .getExportsOfModule(by.getSymbolAtLocation(of.getSourceFile(index)!)!)
    .map((symbol) => ({ name: symbol.name, value: (resolved(symbol, by).flags & ts.SymbolFlags.Value) !== 0 }));
}

/** A snippet as a module: with what it imports only in the reader's mind, and what earlier cells gave it. */
function moduleOf({ code }: Snippet, exported: readonly { readonly name: string; readonly value: boolean }[]): string {
  const source = ts.createSourceFile("snippet.ts", code, ts.ScriptTarget.ES2022, true);
  const [declared, used, called] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const binding = (name: ts.BindingName): void =>
    ts.isIdentifier(name)
      ? void declared.add(name.text)
      : name.elements.forEach((element) => ts.isBindingElement(element) && binding(element.name));
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) statement.declarationList.declarations.forEach(({ name }) => binding(name));
    if (ts.isFunctionDeclaration(statement) && statement.name) declared.add(statement.name.text);
    const { importClause } = ts.isImportDeclaration(statement) ? statement : { importClause: undefined };
    if (importClause?.namedBindings && ts.isNamedImports(importClause.namedBindings))
      importClause.namedBindings.elements.forEach(({ name }) => declared.add(name.text));
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) called.add(node.expression.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  const wanted = (name: string): boolean => used.has(name) && !declared.has(name);
  const variables = Object.entries(given).filter(([name]) => wanted(name) && !called.has(name));
  const imports = exported.filter(({ name }) => wanted(name) && !variables.some(([variable]) => variable === name));
  const types = exported.filter(
    ({ name, value }) => !value && variables.some(([, type]) => new RegExp(`\\b${name}\\b`).test(type)),
  );
  const names = [...new Set([...imports, ...types].map(({ name, value }) => (value ? name : `type ${name}`)))];
  const kernel =
    "declare function input(question: string): Promise<string>; declare function clearOutput(options?: { wait?: " +
    "boolean }): void;";
  const declarations = variables.map(([name, type]) => `declare const ${name}: ${type};`);
  return [`import { ${names.join(", ")} } from "deepretrieval";`, kernel, ...declarations, code, "export {};\n"].join(
    "\n",
  );
}

snippets.forEach(({ place }, i) =>
  test(`${place} compiles`, () => {
    const file = program.getSourceFile(fileOf(i))!;
    const wrong = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) =>
        `${ts.flattenDiagnosticMessageText(messageText, " ")} at: ${file.text.slice(start).split("\n")[0]}`,
    );
    assert.equal(wrong, []);
  }),
);

test("every type that a public signature mentions can be imported, errors that are caught included", () => {
  const kinds = ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class | ts.SymbolFlags.Enum;
  const known = new Set(published);
  const missing: string[] = [];
  for (const symbol of published) {
    const mentioned = (node: ts.Node | undefined): void => {
      if (!node || ts.isBlock(node)) return;
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isExpressionWithTypeArguments(node)
          ? node.expression
          : undefined;
      const at = name && checker.getSymbolAtLocation(name);
      const type = at && resolved(at, checker);
      const [declaration] = type?.declarations ?? [];
      const ours =
        declaration?.getSourceFile().fileName.startsWith(path.join(root, "lib")) && ts.isSourceFile(declaration.parent);
      if (
        type &&
        ours &&
        type.flags & kinds &&
        ts.getCombinedModifierFlags(declaration!) & ts.ModifierFlags.Export &&
        !known.has(type)
      )
        missing.push(`${type.name} of ${symbol.name}`);
      ts.forEachChild(node, mentioned);
    };
    for (const declaration of symbol.declarations ?? []) {
      const made = ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
      if (ts.isVariableDeclaration(declaration)) mentioned(declaration.type);
      if (made && (ts.isArrowFunction(made) || ts.isFunctionDeclaration(made)))
        [...made.parameters.map(({ type }) => type), made.type].forEach(mentioned);
      else if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) mentioned(declaration);
    }
  }
  assert.equal([...new Set(missing)], []);
  const names = published.map(({ name }) => name);
  for (const name of [
    "SearchUnavailable",
    "CorruptData",
    "Interrupted",
    "Result",
    "Metric",
    "EvaluateOptions",
    "WatchOptions",
    "PubmedOptions",
  ])
    assert.ok(names.includes(name), name);
});

test("the README's and the library's snippets are found", () => {
  assert.ok(snippets.filter(({ place }) => place.startsWith("README.md")).length >= 8);
  assert.ok(snippets.some(({ place }) => place.startsWith("lib/tasks/task.ts")));
});

test.run();
