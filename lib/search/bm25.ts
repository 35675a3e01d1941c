import type { Documents } from "../core/documents";
import { SearchUnavailable, throwIfAborted } from "../core/errors";
import type { Hit, SearchResult } from "../core/records";
import type { SearchEngine, SearchOptions } from "../core/roles";
import { from, orInfinity, whole, within } from "../core/ranges";
import { settings } from "../core/settings";
import { projectPath } from "../data/paths";
import { buildPostings } from "./bm25/indexing/build-postings";
import { buildIndex as build, type BuildIndexOptions, type BuiltIndex } from "./bm25/indexing/build-index";
import { openLists, readCollection, readPostings } from "./bm25/files/index-file";
import { workerPool } from "./bm25/searching/pool";
import { residentLists, type Collection, type Postings } from "./bm25/postings/postings";
import { queryTerms } from "./bm25/searching/query-terms";
import { searcher, type Ranking } from "./bm25/searching/searcher";
import { unpacker } from "./bm25/postings/strings";
import type { Bm25Parameters } from "./bm25/searching/weights";

export type { BuildIndexOptions, BuiltIndex } from "./bm25/indexing/build-index";
export type { SearchDocument } from "../core/documents";
export type { IndexProgress } from "./bm25/indexing/indexing";

/** Settings of a BM25 engine. [A] marks Anserini's default. */
export const bm25Defaults = {
  /** [A] The effect of repeated terms, 0 or more. The reference uses 1.2 for SciFact and FiQA. */
  k1: 0.9,
  /** [A] The effect of a document's length, in [0, 1]. The reference uses 0.75 for SciFact and FiQA. */
  b: 0.4,
  /**
   * Whether "contents:" is written before the query, as the reference does for BEIR. The query's first word is then
   * lost.
   */
  contentsPrefix: false,
  /** The number of worker threads. With 0, this thread searches, and does nothing else meanwhile. */
  threads: 0,
  /** Whether the postings are held in memory. If not, a query reads the lists of its terms from disk. */
  resident: true,
  /** Bytes of lists from disk that are kept in memory. The threads share them. */
  cacheBytes: 2 ** 30,
  /** The name in reports and errors; "" for a name with the number of documents. */
  name: "",
};
/** Settings of `bm25`; what is left out is the default. */
export type Bm25Options = Partial<typeof bm25Defaults>;

/** A BM25 engine over an index in memory or on disk. */
export interface Bm25 extends SearchEngine {
  readonly size: number; // documents
  /** Ends the worker threads, if there are any. They do not keep the process alive. */
  close(): Promise<void>;
}

/**
 * A search engine that ranks by BM25 exactly as Lucene does under Anserini and Pyserini: it has the same terms, the
 * same float32 scores, and orders equal scores by document id. A query is a bag of words. Operators, brackets and
 * quotation marks have no meaning, and a repeated word counts each time.
 *
 * @param source the folder of an index (buildIndex), or documents, which are then indexed in memory
 *
 * `total` of a result is a lower bound, because documents that cannot be among the best are not all counted. No query
 * throws: without a known term there are no hits, and a warning says so. A `maxDate` is refused with a TypeError, since
 * the index holds no dates. Throws CorruptData for a damaged index.
 */
export async function bm25(source: string | Documents, options: Bm25Options = {}): Promise<Bm25> {
  const { k1, b, contentsPrefix, threads, resident, cacheBytes, name } = settings("bm25", bm25Defaults, options, {
    k1: from(0),
    b: within(0, 1),
    threads: whole(0),
    cacheBytes: orInfinity(from(0)),
  });
  if (!resident && typeof source !== "string")
    throw new TypeError(
      "bm25: resident: false is for an index on disk, and the source is a list of documents. " +
        "Make an index with buildIndex(documents, folder), and open the folder.",
    );
  const parameters = { k1, b };
  const { collection, rank } =
    typeof source !== "string"
      ? inMemory(await buildPostings(source), parameters, threads)
      : resident
        ? inMemory(readPostings(projectPath(source)), parameters, threads)
        : onDisk(projectPath(source), parameters, threads, cacheBytes);
  const termNumbers = queryTerms(collection.terms);
  const docId = unpacker(collection.ids);
  return {
    name: name || `BM25 over ${collection.documents} documents`,
    size: collection.documents,
    async search(query: string, k: number, { maxDate, signal }: SearchOptions = {}): Promise<SearchResult> {
      throwIfAborted(signal, "search");
      if (!(k >= 0)) throw new RangeError(`search: k is ${k}; it must be 0 or more hits.`);
      if (maxDate !== undefined)
        throw new TypeError(
          `search: maxDate is "${maxDate}", but a BM25 index knows no dates. ` +
            "Leave it out, or index only the documents that may be found.",
        );
      const terms = termNumbers(contentsPrefix ? `contents:${query}` : query);
      const { docs, scores, total } = await rank.search(terms, Math.floor(Math.min(k, collection.documents)));
      throwIfAborted(signal, "search");
      const hits = new Array<Hit>(docs.length);
      for (let i = 0; i < docs.length; i++) hits[i] = { docId: docId(docs[i]!), score: scores[i]! };
      return {
        hits,
        total,
        warnings:
          total > 0
            ? []
            : [terms.length === 0 ? "the query has no words to search for" : "no word of the query is in any document"],
      };
    },
    close: rank.close,
  };
}

/** Indexes `documents` into `folder`, from which `bm25(folder)` searches; see build-index.ts. */
export const buildIndex = (
  documents: Documents,
  folder: string,
  options: BuildIndexOptions = {},
): Promise<BuiltIndex> => build(documents, projectPath(folder), options);

/** A collection, with the searcher that ranks its documents. */
interface Ranked {
  readonly collection: Collection;
  readonly rank: { search(terms: readonly number[], k: number): Ranking | Promise<Ranking>; close(): Promise<void> };
}

function inMemory(postings: Postings, parameters: Bm25Parameters, threads: number): Ranked {
  if (threads > 0) return { collection: postings, rank: workerPool({ postings, parameters }, threads) };
  return {
    collection: postings,
    rank: { search: searcher(postings, residentLists(postings), parameters), close: async () => undefined },
  };
}

function onDisk(folder: string, parameters: Bm25Parameters, threads: number, cacheBytes: number): Ranked {
  const collection = readCollection(folder);
  if (threads > 0)
    return {
      collection,
      rank: workerPool({ collection, folder, cacheBytes: Math.floor(cacheBytes / threads), parameters }, threads),
    };
  const { lists, close } = openLists(folder, collection, cacheBytes);
  const search = searcher(collection, lists, parameters);
  let closed = false;
  return {
    collection,
    rank: {
      search(terms, k) {
        if (closed) throw new SearchUnavailable("BM25", "its index was closed", "Open the index again with bm25()");
        return search(terms, k);
      },
      async close() {
        if (!closed) close();
        closed = true;
      },
    },
  };
}
