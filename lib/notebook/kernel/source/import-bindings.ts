import type * as tsTypes from "@tslab/typescript-for-tslab";
import { loadTypeScript } from "./load-typescript";

/** A name of a cell that stands for an export of a module. */
export interface ImportBinding {
  readonly name: string;
  readonly id: string; // the module, as the prepared cell names it
  readonly property: string; // "*" for all of it
}

/** The names that the imports of a prepared cell bind. */
export function importBindings(prepared: string): ImportBinding[] {
  const ts = loadTypeScript();
  const source = ts.createSourceFile("cell.ts", prepared, ts.ScriptTarget.ES2022, false);
  return source.statements.flatMap((statement): ImportBinding[] => {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier) || !statement.importClause)
      return [];
    const id = statement.moduleSpecifier.text;
    const { name, namedBindings } = statement.importClause;
    return [
      ...(name ? [{ name: name.text, id, property: "default" }] : []),
      ...(namedBindings ? named(ts, namedBindings, id) : []),
    ];
  });
}

function named(
  ts: ReturnType<typeof loadTypeScript>,
  bindings: tsTypes.NamedImportBindings,
  id: string,
): ImportBinding[] {
  if (ts.isNamespaceImport(bindings)) return [{ name: bindings.name.text, id, property: "*" }];
  return bindings.elements.map(({ name, propertyName }) => ({
    name: name.text,
    id,
    property: (propertyName ?? name).text,
  }));
}

/** What a binding stands for, in a loaded module. */
export function boundValue({ property }: ImportBinding, loaded: unknown): unknown {
  const marked = (loaded as { __esModule?: unknown } | null | undefined)?.__esModule === true;
  if (property === "*" || (property === "default" && !marked)) return loaded;
  return (loaded as Record<string, unknown> | null | undefined)?.[property];
}
