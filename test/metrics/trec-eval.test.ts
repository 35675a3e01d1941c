import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Hit } from "../../lib/core/records";
import { averagePrecisionAt } from "../../lib/metrics/average-precision";
import type { Metric } from "../../lib/metrics/metric";
import { ndcgAt } from "../../lib/metrics/ndcg";
import { precisionAt } from "../../lib/metrics/precision";
import { recallAt } from "../../lib/metrics/recall";
import { reciprocalRank } from "../../lib/metrics/reciprocal-rank";
import { skip } from "../skip";

const folder = "../shared/data/ref/trec_eval";
const rows = (file: string): string[][] =>
  readFileSync(`${folder}/${file}`, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));

test("the metrics have trec_eval's names in ir_measures' spelling", () => {
  assert.equal(
    [recallAt(5), precisionAt(5), reciprocalRank, averagePrecisionAt(Infinity), ndcgAt(10)].map(({ name }) => name),
    ["R@5", "P@5", "RR", "AP", "nDCG@10"],
  );
});

/** Our metrics by trec_eval's names of theirs, cut off at rank k. */
const families: Readonly<Record<string, (k: number) => Metric>> = {
  recall: recallAt,
  P: precisionAt,
  map: averagePrecisionAt,
  ndcg: ndcgAt,
};

if (existsSync(folder)) {
  test(
    "recall, precision, reciprocal rank, average precision and nDCG equal trec_eval's to four decimals, query by " +
      "query",
    () => {
      const judgments: Record<string, Record<string, number>> = {};
      for (const [qid, , docId, grade] of rows("qrels.test")) (judgments[qid!] ??= {})[docId!] = Number(grade);
      const runs: Record<string, Hit[]> = {};
      for (const [qid, , docId, , score] of rows("results.test"))
        (runs[qid!] ??= []).push({ docId: docId!, score: Number(score) });
      // trec_eval's order
      for (const run of Object.values(runs)) run.sort((a, b) => b.score - a.score || (a.docId < b.docId ? 1 : -1));
      const metricOf = (name: string) => {
        if (name === "recip_rank") return reciprocalRank;
        const [, family, k = Infinity] = /^(recall|P|map|ndcg)(?:(?:_cut)?_(\d+))?$/.exec(name) ?? [];
        return families[family!]?.(Number(k));
      };
      let compared = 0;
      for (const [name, qid, value] of rows("out.test.aq")) {
        const metric = metricOf(name!);
        if (!metric || qid === "all") continue;
        assert.is(metric.measure(runs[qid!]!, judgments[qid!]!).toFixed(4), value, `${name} of ${qid}`);
        compared++;
      }
      // 3 queries × (9 recalls + 9 precisions + 1 reciprocal rank + 10 average precisions + 10 nDCGs)
      assert.is(compared, 117);
    },
  );
} else {
  skip("no shared data");
}

test.run();
