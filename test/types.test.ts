import { join, relative } from "node:path";
import ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeAtomic } from "../lib/core/files/atomic";

/** The tests are TypeScript that nothing compiles: they are run from their source, whose types are left out unread. */

const root = join(__dirname, "..");
let program: ts.EmitAndSemanticDiagnosticsBuilderProgram;

test.before(() => {
  const fail = (wrong: ts.Diagnostic): never => {
    throw new Error(ts.flattenDiagnosticMessageText(wrong.messageText, "\n"));
  };
  const config = join(__dirname, "tsconfig.json");
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(config, {}, host)!;
  errors.forEach(fail);
  program = ts.createIncrementalProgram({ rootNames: fileNames, options });
});

test("every test, bench and helper is checked, by the rules of the library", () => {
  const files = ts.sys.readDirectory(__dirname, [".ts"]).map((file) => relative(root, file));
  for (const name of ["test/types.test.ts", "test/bench/bm25.bench.ts", "test/full/page.test.ts", "test/fixtures.ts"])
    assert.ok(files.includes(name), name);
  const checked = new Set(program.getSourceFiles().map(({ fileName }) => relative(root, fileName)));
  assert.equal(
    files.filter((file) => !checked.has(file)),
    [],
  );
  const { strict, exactOptionalPropertyTypes, noUncheckedIndexedAccess } = program.getCompilerOptions();
  assert.equal([strict, exactOptionalPropertyTypes, noUncheckedIndexedAccess], [true, true, true]);
});

test("no test has an error of types", () => {
  const wrong = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ];
  program.emit(undefined, writeAtomic); // only a note of what is right, from which the next check goes on
  const format = {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (name: string) => name,
    getNewLine: () => "\n",
  };
  assert.not.ok(wrong.length, `npx tsc -p test/tsconfig.json says:\n${ts.formatDiagnostics(wrong, format)}`);
});

/** The names that a file imports, each with what it is imported from. */
function* importsOf(file: ts.SourceFile): Generator<readonly [name: ts.Identifier, from: string], void, undefined> {
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings))
      for (const { name } of bindings.elements) yield [name, statement.moduleSpecifier.text];
  }
}

test("what tests call of plain JavaScript has types: no parameter takes anything", () => {
  const checker = program.getProgram().getTypeChecker();
  const isAny = (symbol: ts.Symbol, at: ts.Node): boolean =>
    (checker.getTypeOfSymbolAtLocation(symbol, at).flags & ts.TypeFlags.Any) !== 0;
  const found = new Set<string>();
  const untyped = new Set<string>();
  for (const file of program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${__dirname}/`)))
    for (const [name, from] of importsOf(file)) {
      if (!/\/lib\/setup\/|^\.\.\/run$/.test(from)) continue;
      found.add(name.text);
      const type = checker.getTypeAtLocation(name);
      for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()])
        for (const parameter of signature.parameters)
          if (isAny(parameter, name)) untyped.add(`${parameter.name} of ${name.text} (${from})`);
    }
  assert.ok(["fingerprint", "Shortfall", "verdict"].every((name) => found.has(name)));
  assert.equal([...untyped], []);
});

test.run();
