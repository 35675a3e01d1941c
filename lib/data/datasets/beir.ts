import { existsSync, statSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { SearchDocument } from "../../core/documents";
import { CorruptData } from "../../core/errors";
import type { Judgments } from "../../core/records";
import { readJsonl } from "../files/jsonl";
import { readLines } from "../files/lines";
import { projectPath } from "../paths";

/** @deprecated The same as SearchDocument. */
export type CorpusDocument = SearchDocument;

/**
 * A test collection in BEIR's form: `corpus.jsonl`, `queries.jsonl`, `qrels/SPLIT.tsv`, each plain or gzipped (.gz).
 */
export interface Beir {
  readonly name: string; // of the folder
  readonly queries: ReadonlyMap<string, string>; // id to text, of the queries that have judgments
  readonly judgments: Readonly<Record<string, Judgments>>; // query id to document id to grade
  /** The documents, streamed. */
  corpus(): AsyncGenerator<SearchDocument, void>;
}

/**
 * Opens a BEIR folder (Thakur et al. 2021). Throws CorruptData for a missing file and a line of another shape, and
 * where a judged query has no text.
 */
export async function readBeir(path: string, split = "test"): Promise<Beir> {
  const folder = projectPath(path);
  const judgments = await readBeirQrels(present(folder, [`qrels/${split}.tsv`, `qrels.${split}.tsv`]));
  const file = present(folder, ["queries.jsonl"]);
  const queries = new Map<string, string>();
  // readBeirQueries has checked that an id has one text
  for await (const { id, query } of readBeirQueries(file)) if (id in judgments) queries.set(id, query);
  const silent = Object.keys(judgments).find((id) => !queries.has(id));
  if (silent !== undefined)
    throw new CorruptData(
      file,
      `has no query ${JSON.stringify(silent)}, which the qrels of "${split}" judge`,
      "Take both files from one version of the data set",
    );
  return { name: basename(folder), queries, judgments, corpus: () => readCorpus(folder) };
}

/**
 * The queries of a BEIR file, in order. Throws CorruptData with file:line for a line without an id or a text, and for
 * an id that an earlier line gives another text.
 */
export async function* readBeirQueries(
  file: string,
): AsyncGenerator<{ readonly id: string; readonly query: string }, void> {
  const earlier = new Map<string, { readonly text: string; readonly line: number }>();
  for await (const { line, value } of readJsonl(file)) {
    const { id, text } = { id: idOf(value), text: value["text"] };
    if (id === undefined || typeof text !== "string")
      throw new CorruptData(
        `${file}:${line}`,
        "has no _id or no text",
        'A query reads {"_id": "1", "text": "what is asked"}',
      );
    const known = earlier.get(id);
    if (known !== undefined && known.text !== text)
      throw new CorruptData(
        `${file}:${line}`,
        `query ${JSON.stringify(id)} is ${JSON.stringify(text.slice(0, 60))} here and ` +
          `${JSON.stringify(known.text.slice(0, 60))} on line ${known.line}`,
        "An id names one query: remove or rename one",
      );
    if (known !== undefined) continue;
    earlier.set(id, { text, line });
    yield { id, query: text };
  }
}

/**
 * The documents of a BEIR folder, of another folder of .jsonl or .jsonl.gz files, in the order of their names, or of
 * one such file. A line has `_id` (or `id`) and either `contents`, as Pyserini has it, or `text` and perhaps `title`.
 * Throws CorruptData with file:line for another line.
 */
export async function* readCorpus(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<SearchDocument, void> {
  for (const file of corpusFiles(projectPath(path))) {
    for await (const { line, value } of readJsonl(file, signal ? { signal } : {})) {
      const id = idOf(value);
      const contents = contentsOf(value);
      if (id === undefined || contents === undefined)
        throw new CorruptData(
          `${file}:${line}`,
          `has no ${id === undefined ? "_id" : "text"}`,
          'A document reads {"_id": "1", "title": "", "text": "what is searched"} or {"id": "1", "contents": ' +
            '"what is searched"}',
        );
      yield { id, contents };
    }
  }
}

/**
 * Judgments as BEIR has them: `query-id corpus-id score`, tab-separated, under a line of these names or none. Throws
 * CorruptData with file:line for a line of another shape, and for a document that is judged twice differently.
 */
export async function readBeirQrels(file: string): Promise<Record<string, Judgments>> {
  const judged: Record<string, Record<string, number>> = Object.create(null);
  for await (const { number, text } of readLines(file)) {
    const columns = text.trim().split("\t");
    const [query, document, grade] = columns as [string, string, string];
    if (!text.trim() || (number === 1 && grade === "score")) continue;
    if (columns.length !== 3 || !/^[+-]?\d+$/.test(grade))
      throw new CorruptData(
        `${file}:${number}`,
        `is ${JSON.stringify(text.slice(0, 80))}`,
        "A line reads query, document and a whole number, with tabs between",
      );
    const own = (judged[query] ??= Object.create(null) as Record<string, number>);
    const earlier = own[document];
    if (earlier !== undefined && earlier !== Number(grade))
      throw new CorruptData(
        `${file}:${number}`,
        `document ${document} of query ${query} has grade ${grade} here and ${earlier} before`,
        "Keep one of the two lines",
      );
    own[document] = Number(grade);
  }
  return judged;
}

function corpusFiles(path: string): string[] {
  if (!existsSync(path))
    throw new CorruptData(path, "does not exist", "Give a BEIR folder, a folder of .jsonl files, or one such file");
  if (!statSync(path).isDirectory()) return [path];
  const corpus = ["corpus.jsonl", "corpus.jsonl.gz"].map((name) => join(path, name)).find(existsSync);
  if (corpus) return [corpus];
  const files = readdirSync(path)
    .filter((name) => /\.jsonl(\.gz)?$/.test(name))
    .sort();
  if (files.length === 0)
    throw new CorruptData(
      path,
      "holds no .jsonl or .jsonl.gz file",
      "Give a BEIR folder, a folder of .jsonl files, or one such file",
    );
  return files.map((name) => join(path, name));
}

function present(folder: string, names: readonly string[]): string {
  const found = names
    .flatMap((name) => [name, `${name}.gz`])
    .map((name) => join(folder, name))
    .find(existsSync);
  if (found) return found;
  throw new CorruptData(
    folder,
    `has no ${names[0]}, plain or gzipped`,
    "A BEIR folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv",
  );
}

function idOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const id = value["_id"] ?? value["id"];
  return typeof id === "string" && id !== ""
    ? id
    : typeof id === "number" || typeof id === "bigint"
      ? String(id)
      : undefined;
}

function contentsOf({ contents, title, text }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof contents === "string") return contents;
  if (typeof text !== "string") return undefined;
  return typeof title === "string" && title !== "" ? `${title}\n${text}` : text;
}
