/** Settings of an index in OpenSearch or Elasticsearch. [A] marks Anserini's default. */
export const openSearchIndexDefaults = {
  /** [A] The effect of repeated terms. */
  k1: 0.9,
  /** [A] The effect of a document's length, in [0, 1]. */
  b: 0.4,
  /** With several shards, a search first gathers the statistics of all, so that scores are those of one shard. */
  shards: 1,
  replicas: 0,
};

/** The request body that creates an index with Lucene's English analyzer and BM25, as in `bm25` and Anserini. */
export const indexBody = ({ k1, b, shards, replicas }: typeof openSearchIndexDefaults): object => ({
  settings: {
    number_of_shards: shards,
    number_of_replicas: replicas,
    refresh_interval: "-1", // until all documents are indexed
    similarity: { default: { type: "BM25", k1, b } },
  },
  mappings: {
    dynamic: false,
    _source: { enabled: false },
    properties: {
      id: { type: "keyword" }, // orders equal scores
      contents: { type: "text", analyzer: "english", similarity: "default" },
    },
  },
});
