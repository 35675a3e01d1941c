"""Reads JSON on stdin, prints what scipy and ir_measures make of it."""
import json
import sys

import ir_measures
import numpy as np
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
measures = [ir_measures.parse_measure(name) for name in asked["measures"]]
runs = [{m: ir_measures.calc_aggregate([measure], topic["qrels"], topic["run"])[measure]
         for m, measure in zip(asked["measures"], measures)} for topic in asked["runs"]]
print(json.dumps(dict(pairs=pairs, holm=holm, runs=runs)))
