"""Reads JSON on stdin, prints what scipy, ir_measures and pytrec_eval make of it."""
import json
import sys

import ir_measures
import numpy as np
import pytrec_eval
from scipy import stats

asked = json.load(sys.stdin)
pairs = []
for a, b in asked["pairs"]:
    d = np.array(a) - np.array(b)
    test = stats.permutation_test((a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
                                  vectorized=True, n_resamples=asked["resamples"], random_state=1)
    boot = stats.bootstrap((d,), np.mean, method="percentile", n_resamples=asked["resamples"], random_state=1)
    ci = stats.ttest_1samp(d, 0).confidence_interval()
    pairs.append(dict(p=test.pvalue, low=boot.confidence_interval.low, high=boot.confidence_interval.high,
                      tlow=ci.low, thigh=ci.high))
holm = []
for ps in asked["families"]:
    order = np.argsort(ps)
    adjusted = np.maximum.accumulate([min(1, (len(ps) - i) * ps[j]) for i, j in enumerate(order)])
    holm.append([float(adjusted[list(order).index(j)]) for j in range(len(ps))])
qrels = {str(i): topic["qrels"]["q"] for i, topic in enumerate(asked["runs"])}
rankings = {str(i): topic["run"]["q"] for i, topic in enumerate(asked["runs"])}
runs = [{} for _ in asked["runs"]]
for measured in ir_measures.iter_calc([ir_measures.parse_measure(name) for name in asked["measures"]], qrels, rankings):
    runs[int(measured.query_id)][str(measured.measure)] = measured.value
trec = pytrec_eval.RelevanceEvaluator(qrels, set(asked["trec"])).evaluate(rankings)
print(json.dumps(dict(pairs=pairs, holm=holm, runs=runs, trec=[trec[str(i)] for i in range(len(runs))])))
