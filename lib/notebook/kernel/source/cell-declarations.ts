import type * as tsTypes from "@tslab/typescript-for-tslab";
import { loadTypeScript } from "./load-typescript";

/**
 * The declarations after a cell that failed half way: its own, except for `undone`, the names it did not get to;
 * those keep what was declared before, if anything was.
 *
 * @param after declarations as they would be, had the cell succeeded
 */
export function partialDeclarations(before: string, after: string, undone: ReadonlySet<string>): string {
  if (undone.size === 0) return after;
  const kept = select(after, (name) => !undone.has(name), true);
  const restored = select(before, (name) => undone.has(name), false);
  return [...kept, ...restored].join("\n");
}

/**
 * The statements of a declaration file, without the names that `wanted` refuses; `types` keeps what declares no value.
 */
function select(declarations: string, wanted: (name: string) => boolean, types: boolean): string[] {
  const ts = loadTypeScript();
  const source = ts.createSourceFile("prev.d.ts", declarations, ts.ScriptTarget.ES2022, true);
  return source.statements.flatMap((statement): string[] => {
    const text = statement.getText();
    if (ts.isVariableStatement(statement)) {
      const { declarations: each, flags } = statement.declarationList;
      const chosen = each.filter(({ name }) => wanted(name.getText()));
      const keyword = flags & ts.NodeFlags.Const ? "const" : flags & ts.NodeFlags.Let ? "let" : "var";
      return chosen.length === 0
        ? []
        : [`declare ${keyword} ${chosen.map((declaration) => declaration.getText()).join(", ")};`];
    }
    if (ts.isImportDeclaration(statement)) return importedNames(ts, statement).some(wanted) ? [text] : [];
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
      return statement.name && wanted(statement.name.text) ? [text] : [];
    return types ? [text] : [];
  });
}

function importedNames(ts: ReturnType<typeof loadTypeScript>, { importClause }: tsTypes.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? [bindings.name.text]
        : bindings.elements.map(({ name }) => name.text);
  return importClause?.name ? [importClause.name.text, ...named] : named;
}
