import type { SearchResult } from "../../core/records";
import type { Rewriter, SearchEngine } from "../../core/roles";

/** What an engine found for a rewrite. */
export interface RewrittenSearch extends SearchResult {
  readonly query: string; // what was searched for
  readonly original: string; // the question as typed
  readonly reasoning?: string; // what the model thought, where it told
}

/** A search engine for questions as people type them. */
export interface RewritingEngine extends SearchEngine {
  search(...args: Parameters<SearchEngine["search"]>): Promise<RewrittenSearch>;
}

/**
 * An engine that has each question rewritten and searches with the rewrite. It goes wherever an engine goes: in front
 * of a retriever of LangChain.js or LlamaIndex.TS, say. A question whose rewrite is empty, since the model wrote no
 * query, is searched as typed, with a warning. Throws SearchUnavailable where the model or the engine is down.
 *
 * ```ts
 * const policy = qwen2("data/checkpoints/pubmed-coldstart");
 * const literature = await pubmed({ split: "test" });
 * const better = rewriteThenSearch(literature.engine, rewriter(policy, literature));
 * const { query, hits } = await better.search("P: adults with asthma", 10);
 * ```
 *
 * Documents for LangChain.js are records with `pageContent`; `textOf` is whatever gives the text of an id:
 *
 * ```js
 * class Rewritten extends BaseRetriever { // of @langchain/core/retrievers
 *   lc_namespace = ["deepretrieval"];
 *   async _getRelevantDocuments(question: string) {
 *     const { query, hits } = await better.search(question, 10);
 *     return hits.map(({ docId, score }) =>
 *       new Document({ id: docId, pageContent: textOf(docId), metadata: { score, query } }));
 *   }
 * }
 * ```
 *
 * For LlamaIndex.TS they are nodes with a score:
 *
 * ```js
 * class Rewritten extends BaseRetriever { // of @llamaindex/core/retriever
 *   async _retrieve({ query }: { query: MessageContent }) {
 *     const { hits } = await better.search(extractText(query), 10);
 *     return hits.map(({ docId, score }) => ({ node: new TextNode({ id_: docId, text: textOf(docId) }), score }));
 *   }
 * }
 * ```
 *
 * An engine that is down rejects in both: it is no empty list.
 */
export function rewriteThenSearch(engine: SearchEngine, rewriter: Rewriter): RewritingEngine {
  return {
    name: `${engine.name} with ${rewriter.name}`,
    async search(original, k, options = {}) {
      const { signal, maxDate } = options;
      const problem = { id: original, query: original, judgments: {}, ...(maxDate !== undefined && { maxDate }) };
      const queries = await rewriter.rewrite([problem], { signal });
      const [written] = queries.written ?? [];
      const query = queries[0] || original;
      const found = await engine.search(query, k, options);
      const unwritten = `${rewriter.name} wrote no query${written?.why ? ` (${written.why})` : ""}; searched as typed`;
      return {
        ...found,
        query,
        original,
        ...(written?.reasoning !== undefined && { reasoning: written.reasoning }),
        ...(queries[0] ? {} : { warnings: [...found.warnings, unwritten] }),
      };
    },
  };
}
