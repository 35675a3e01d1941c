import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { holm } from "../../lib/evaluation/statistics/holm";
import { pairedDifference, studentInterval } from "../../lib/evaluation/statistics/sign-flips";
import { pairedBootstrap } from "../../lib/evaluation/statistics/significance";
import { averagePrecisionAt } from "../../lib/metrics/average-precision";
import { ndcgAt } from "../../lib/metrics/ndcg";
import { precisionAt } from "../../lib/metrics/precision";
import { recallAt, setRecall } from "../../lib/metrics/recall";
import { reciprocalRank, reciprocalRankAt } from "../../lib/metrics/reciprocal-rank";
import { successAt } from "../../lib/metrics/success";
import { pythonWith } from "../bench/python";
import { close } from "../fixtures";
import { skip } from "../skip";

/** Statistics against scipy, metrics against ir_measures and pytrec_eval, on drawn data. */

const python = pythonWith(
  "evaluation",
  ["scipy==1.17.1", "numpy==2.4.6", "ir_measures==0.4.3", "pytrec_eval-terrier==0.5.11"],
  (line) => console.log(line),
);
const resamples = 20_000;
const rng = random("evaluation peers");

/** Recalls of two systems over N questions, with many ties and zeros, as they come in practice. */
const pairs = [8, 12, 40, 100, 400].map((N, i) => {
  const stream = rng.fork("pairs", i);
  const b = Array.from({ length: N }, () => Math.round(stream.next() * 10) / 10);
  return [b.map((value) => Math.min(1, Math.max(0, value + (stream.next() - 0.42) * 0.3))), b] as [number[], number[]];
});
const families = [3, 5, 9].map((m) => Array.from({ length: m }, () => rng.next() ** 3));
const metrics = [
  ...[1, 5, 10, 100].flatMap((k) => [
    recallAt(k),
    precisionAt(k),
    ndcgAt(k),
    successAt(k),
    averagePrecisionAt(k),
    reciprocalRankAt(k),
  ]),
  ndcgAt(Infinity),
  averagePrecisionAt(Infinity),
  reciprocalRank,
  setRecall,
];
/**
 * Rankings of up to 200 of 300 documents, without ties in their scores, and grades −1 to 3 for some. One topic in ten
 * has no relevant document.
 */
const topics = Array.from({ length: 200 }, (_, i) => {
  const stream = rng.fork("topics", i);
  const documents = stream.shuffle(Array.from({ length: 300 }, (_, d) => `d${d}`));
  const hits = documents.slice(0, 1 + stream.below(200)).map((docId, rank) => ({ docId, score: 1000 - rank }));
  const judged = stream.shuffle(documents).slice(0, 1 + stream.below(60));
  const judgments = Object.fromEntries(
    judged.map((docId, j) => [docId, i % 10 === 9 ? -stream.below(2) : j === 0 ? 1 : stream.below(5) - 1]),
  );
  return { hits, judgments };
});

/** The names that trec_eval gives the metrics it has. It has no reciprocal rank with a cut-off. */
const trecNames: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^R@/, "recall_"],
  [/^P@/, "P_"],
  [/^nDCG@/, "ndcg_cut_"],
  [/^nDCG$/, "ndcg"],
  [/^Success@/, "success_"],
  [/^AP@/, "map_cut_"],
  [/^AP$/, "map"],
  [/^RR$/, "recip_rank"],
  [/^SetR$/, "set_recall"],
];
const trecMetrics = metrics.flatMap((metric) => {
  const known = trecNames.find(([pattern]) => pattern.test(metric.name));
  return known === undefined ? [] : [[metric, metric.name.replace(...known)] as const];
});

interface Peer {
  readonly trec: readonly Record<string, number>[];
  readonly pairs: readonly { p: number; low: number; high: number; tlow: number; thigh: number }[];
  readonly holm: readonly number[][];
  readonly runs: readonly Record<string, number>[];
}
let peer: Peer | undefined;
test.before(() => {
  if (python === undefined) return;
  const runs = topics.map(({ hits, judgments }) => ({
    qrels: { q: judgments },
    run: { q: Object.fromEntries(hits.map(({ docId, score }) => [docId, score])) },
  }));
  const measures = metrics.map(({ name }) => name);
  const trec = trecMetrics.map(([, name]) => name.replace(/_(?=\d+$)/, "."));
  const input = JSON.stringify({ pairs, families, resamples, runs, measures, trec });
  const { stdout, stderr, status } = spawnSync(python, [join(__dirname, "evaluation_peer.py")], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  assert.is(status, 0, stderr);
  peer = JSON.parse(stdout.replaceAll("NaN", "null")) as Peer;
});

test("the randomisation test and the paired bootstrap are scipy's within Monte-Carlo error; exact up to 16", () => {
  if (!peer) return skip("no Python with scipy");
  const worst = { p: 0, interval: 0 };
  for (const [i, [a, b]] of pairs.entries()) {
    const theirs = peer.pairs[i]!;
    const { p } = pairedDifference(a, b, { resamples });
    // five standard errors of two estimates
    const error = a.length <= 12 ? 1e-9 : 5 * Math.sqrt((theirs.p * (1 - theirs.p) * 2) / resamples) + 1e-4;
    worst.p = Math.max(worst.p, Math.abs(p - theirs.p) / error);
    assert.ok(Math.abs(p - theirs.p) <= error, `${a.length} questions: p ${p}, scipy ${theirs.p}`);
    const boot = pairedBootstrap(a, b, { resamples });
    const width = theirs.high - theirs.low;
    assert.ok(
      Math.abs(boot.low - theirs.low) <= 0.03 * width,
      `${a.length} questions: low ${boot.low}, scipy ${theirs.low}`,
    );
    assert.ok(
      Math.abs(boot.high - theirs.high) <= 0.03 * width,
      `${a.length} questions: high ${boot.high}, scipy ${theirs.high}`,
    );
    for (const end of ["low", "high"] as const)
      worst.interval = Math.max(worst.interval, Math.abs(boot[end] - theirs[end]) / width);
    const student = studentInterval(a.map((value, j) => value - b[j]!));
    close([student.low, student.high], [theirs.tlow, theirs.thigh], { rtol: 1e-9, atol: 1e-9 });
  }
  console.log(
    `largest difference of p: ${worst.p.toFixed(2)} of what is allowed; of an end of the bootstrap interval: ` +
      `${worst.interval.toFixed(4)} of its width`,
  );
});

test("Holm's adjustment is that of its definition in numpy", () => {
  if (!peer) return skip("no Python with numpy");
  for (const [i, ps] of families.entries()) close(holm(ps), peer.holm[i]!, { rtol: 1e-12, atol: 1e-12 });
});

test("every metric is ir_measures', and pytrec_eval's where it has it, on 200 drawn rankings", () => {
  if (!peer) return skip("no Python with ir_measures");
  let worst = 0;
  const expectSame = (topic: number, name: string, ours: number, theirs: number | undefined): void => {
    const difference = Math.abs(ours - (theirs ?? NaN));
    worst = Math.max(worst, difference);
    assert.ok(difference < 1e-12, `topic ${topic}, ${name}: ${ours}, theirs ${theirs}`);
  };
  for (const [i, { hits, judgments }] of topics.entries()) {
    for (const { name, measure } of metrics) expectSame(i, name, measure(hits, judgments), peer.runs[i]![name]);
    for (const [{ measure }, name] of trecMetrics) expectSame(i, name, measure(hits, judgments), peer.trec[i]![name]);
  }
  console.log(`${topics.length} rankings, ${metrics.length} metrics, the largest difference is ${worst}`);
});

test.run();
