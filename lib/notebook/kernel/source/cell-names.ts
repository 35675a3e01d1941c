import type * as tsTypes from "@tslab/typescript-for-tslab";
import { loadTypeScript } from "./load-typescript";

/** The names that a cell declares at its top level. */
export interface CellNames {
  readonly variables: readonly string[]; // let and var: may be assigned later
  readonly fixed: readonly string[]; // const, function, class, enum, import
}

/** Names that `source`, a parsed cell, declares for the cells after it. */
export function cellNames(source: tsTypes.SourceFile): CellNames {
  const ts = loadTypeScript();
  const variables: string[] = [];
  const fixed: string[] = [];
  const bound = (name: tsTypes.BindingName): string[] =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) => (ts.isBindingElement(element) ? bound(element.name) : []));
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const names = statement.declarationList.declarations.flatMap(({ name }) => bound(name));
      (statement.declarationList.flags & ts.NodeFlags.Const ? fixed : variables).push(...names);
    } else if (
      (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) &&
      statement.name
    ) {
      fixed.push(statement.name.text);
    } else if (ts.isImportDeclaration(statement) && statement.importClause) {
      const { name, namedBindings } = statement.importClause;
      if (name) fixed.push(name.text);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) fixed.push(namedBindings.name.text);
      else if (namedBindings) fixed.push(...namedBindings.elements.map((element) => element.name.text));
    }
  }
  return { variables, fixed };
}
