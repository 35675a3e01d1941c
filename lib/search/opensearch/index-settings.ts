/** Settings of an index in OpenSearch or Elasticsearch. [A] marks Anserini's default. */
export const openSearchIndexDefaults = {
  /** [A] how much repetitions of a term count */
  k1: 0.9,
  /** [A] how much a document's length counts, in [0, 1] */
  b: 0.4,
  /** with several, searches first gather the statistics of all, so that scores are those of one */
  shards: 1,
  replicas: 0,
};

/** The body that creates an index: Lucene's English analyzer and BM25, as `bm25` and Anserini have them. */
export const indexBody = ({ k1, b, shards, replicas }: typeof openSearchIndexDefaults): object => ({
  settings: {
    number_of_shards: shards,
    number_of_replicas: replicas,
    refresh_interval: "-1", // until everything is in
    similarity: { default: { type: "BM25", k1, b } },
  },
  mappings: {
    dynamic: false,
    _source: { enabled: false },
    properties: {
      id: { type: "keyword" }, // breaks ties
      contents: { type: "text", analyzer: "english", similarity: "default" },
    },
  },
});
