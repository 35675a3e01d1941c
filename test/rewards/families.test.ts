import { test } from "uvu";
import * as assert from "uvu/assert";
import { familyOf } from "../../lib/rewards/families";

const k = (dataSource: string) => {
  const family = familyOf(dataSource);
  return family.kind === "execution" ? undefined : family.k;
};

test("every data_source that DeepRetrieval's files carry has its family", () => {
  const sources: Readonly<Record<string, readonly string[]>> = {
    recall: ["pubmed", "pubmed_32", "pubmed_4b", "ctgov", "ctgov_32", "pmd_no_reason"],
    rank: ["nq_serini", "triviaqa", "squad", "nq_serini_no_reason", "triviaqa_no_reason", "squad_no_reason"],
    ndcg: [
      "scifact_train",
      "nfcorpus_val",
      "fever_dense_test",
      "hotpotqa_train",
      "fiqa_test",
      "msmarco_beir_train",
      "msmarco_sparse_train",
      "msmarco_dense_test",
    ],
    execution: ["bird_train", "spider_val", "bird_wor_test", "spider_wor_test", "wikisql_train"],
  };
  for (const [kind, names] of Object.entries(sources))
    for (const name of names) assert.is(familyOf(name).kind, kind, name);
});

test("k is deep in training and 10 in test and validation; BM25 and dense have their own", () => {
  assert.equal(["pubmed", "ctgov_32", "squad"].map(k), [3000, 3000, 3000]);
  assert.equal(
    ["scifact_train", "nfcorpus_train", "fever_train", "hotpotqa_train", "fiqa_train", "msmarco_beir_train"].map(k),
    [50, 1000, 1000, 3000, 1000, 1000],
  );
  assert.equal(
    [
      "scifact_dense_train",
      "nfcorpus_dense_train",
      "fever_dense_train",
      "hotpotqa_dense_train",
      "msmarco_beir_dense_train",
    ].map(k),
    [1000, 100, 1000, 1000, 1000],
  );
  assert.equal(["scifact_val", "nfcorpus_test", "hotpotqa_dense_test", "msmarco_beir_val"].map(k), [10, 10, 10, 10]);
  assert.equal(["msmarco_sparse_train", "msmarco_dense_test"].map(k), [10, 10]);
});

test("reasoning is asked of all but the no-reason sets", () => {
  for (const name of ["pubmed", "squad", "bird_train", "ctgov", "scifact_train"])
    assert.ok(familyOf(name).reasoning, name);
  for (const name of ["pmd_no_reason", "squad_no_reason", "bird_wor_train", "spider_wor_test"])
    assert.not.ok(familyOf(name).reasoning, name);
});

test("the answer is JSON with query, or sql for databases", () => {
  assert.is(familyOf("nfcorpus_train").key, "query");
  assert.is(familyOf("spider_train").key, "sql");
});

test("a data set that no rule knows is refused with the list", () => {
  assert.throws(() => familyOf("literature"), /data_source "literature".*pubmed, pmd_no_reason, ctgov/);
});

test.run();
