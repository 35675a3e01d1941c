import type { SearchEngine } from "../core/roles";

/** A document as engines index it: `contents` is all of its text, the title on its first line. */
export interface IndexedDocument {
  readonly id: string;
  readonly contents: string;
}

/** An engine, or what makes one of the documents: `bm25`, or `(documents) => dense(documents, { encode })`. */
export type EngineOver =
  | SearchEngine
  | ((documents: readonly IndexedDocument[]) => SearchEngine | Promise<SearchEngine>);

/** DeepRetrieval's text of a document: title, line break, text. */
export const contentsOf = ({ title, text }: { readonly title: string; readonly text: string }): string =>
  title ? `${title}\n${text}` : text;

/** The engine that `engine` is or makes. */
export const engineOver = async (engine: EngineOver, documents: readonly IndexedDocument[]): Promise<SearchEngine> =>
  typeof engine === "function" ? engine(documents) : engine;
