import type { SearchDocument } from "../core/documents";
import type { SearchEngine } from "../core/roles";

/** @deprecated The same as SearchDocument. */
export type IndexedDocument = SearchDocument;

/** An engine, or what makes one of the documents: `bm25`, or `(documents) => dense(documents, { encode })`. */
export type EngineOver =
  | SearchEngine
  | ((documents: readonly SearchDocument[]) => SearchEngine | Promise<SearchEngine>);

/** DeepRetrieval's text of a document: title, line break, text. */
export const contentsOf = ({ title, text }: { readonly title: string; readonly text: string }): string =>
  title ? `${title}\n${text}` : text;

/** The engine that `engine` is or makes. */
export const engineOver = async (engine: EngineOver, documents: readonly SearchDocument[]): Promise<SearchEngine> =>
  typeof engine === "function" ? engine(documents) : engine;
