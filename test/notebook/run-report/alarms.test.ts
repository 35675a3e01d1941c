import { test } from "uvu";
import * as assert from "uvu/assert";

import { alarms } from "../../../lib/notebook/run-report/alarms";

type Row = Readonly<Record<string, number>>;
const healthy: Row = {
  "training/global_step": 1,
  "reward/mean": 1,
  "reward/std": 1,
  "reward/R@50": 0.5,
  "reward/format_error_ratio": 0.1,
  "reward/warning_ratio": 0,
  "critic/kl": 0.01,
  "response_length/clip_ratio": 0,
  "response_length/max": 96,
};
const rows = (count: number, change: (i: number) => Row = () => ({})): Row[] =>
  Array.from({ length: count }, (_, i) => ({ ...healthy, step: i + 1, ...change(i) }));
const kinds = (some: readonly object[]) => alarms(some).map(({ kind }) => kind);
const text = (some: readonly object[]) =>
  alarms(some)
    .map((alarm) => alarm.text)
    .join("\n");

test("a run that gets on, one that has only begun, and rows of anything else alarm nobody", () => {
  assert.equal(kinds(rows(40, (i) => ({ "reward/mean": i }))), []);
  assert.equal(kinds(rows(1)), []);
  assert.equal(kinds([]), []);
  assert.equal(kinds([{ documents: 5, seconds: 1 }, { name: "x" }]), []);
});

test("87 % malformed is said, with the share, and what to do", () => {
  const said = text(rows(6, () => ({ "reward/format_error_ratio": 0.87 })));
  assert.match(said, /^87 % of the answers were malformed in the last 5 steps: .*sft.*completionOf/);
  assert.match(text(rows(1, () => ({ "reward/format_error_ratio": 1 }))), /^All answers were malformed in this step/);
  assert.equal(kinds(rows(6, () => ({ "reward/format_error_ratio": 0.49 }))), []); // the limit is a half
});

test("a share is the mean of the last five steps: what is over alarms no more", () => {
  assert.equal(kinds(rows(12, (i) => ({ "reward/format_error_ratio": i < 7 ? 1 : 0 }))), []);
  assert.equal(kinds(rows(12, (i) => ({ "reward/format_error_ratio": i < 10 ? 1 : 0 }))), ["malformed"]); // 3/5
});

test("all responses cut: the limit is named, and malformed answers are traced to it", () => {
  const said = alarms(
    rows(3, () => ({ "response_length/clip_ratio": 1, "reward/format_error_ratio": 1, "reward/std": 0 })),
  );
  assert.equal(
    said.map(({ kind }) => kind),
    ["cut", "malformed"],
  ); // the missing spread follows from these
  assert.is(
    said[0]!.text,
    "All responses were cut at 96 tokens in the last 3 steps, before they come to an answer. Raise maxResponse, " +
      "or teach shorter responses with sft.",
  );
  assert.match(said[1]!.text, "Most are cut: see above.");
});

test("no spread is said when all recent steps had none, with the reward that all earned", () => {
  assert.match(
    text(rows(4, () => ({ "reward/std": 0, "reward/mean": -2.5 }))),
    /earned the same reward \(-2\.5\) in the last 4 steps.*temperature/,
  );
  assert.equal(kinds(rows(4, (i) => ({ "reward/std": i === 3 ? 0.1 : 0 }))), []);
  assert.equal(kinds(rows(1, () => ({ "reward/std": 0 }))), []); // one step says little
});

test("a reward that is flat or falls is said from 20 steps on, by its noise", () => {
  const noise = (i: number) => (i % 2 ? 0.1 : -0.1);
  assert.equal(kinds(rows(30, (i) => ({ "reward/mean": 1 + noise(i) }))), ["flat"]);
  assert.equal(kinds(rows(19, (i) => ({ "reward/mean": 1 + noise(i) }))), []);
  assert.equal(kinds(rows(30, (i) => ({ "reward/mean": 1 + 0.02 * i + noise(i) }))), []);
  assert.match(
    text(rows(30, (i) => ({ "reward/mean": 3 - 0.1 * i }))),
    /has fallen in 30 steps \(2\.55 at first, 0\.55 now\)/,
  ); // means of steps 1–10 and 21–30
});

test("nothing found, far from the start, repaired queries, malformed validation, weights that are no numbers", () => {
  assert.match(
    text(rows(3, () => ({ "reward/R@50": 0 }))),
    "No query found anything relevant in the last 3 steps: R@50 is 0",
  );
  assert.match(text(rows(3, () => ({ "critic/kl": 2.5 }))), "2.5 nats a token");
  assert.match(text(rows(3, () => ({ "reward/warning_ratio": 0.9 }))), "90 % queries");
  assert.equal(kinds(rows(3, (i) => (i === 1 ? { "val-core/pubmed/format_error_ratio/mean@1": 0.9 } : {}))), [
    "malformed in validation",
  ]);
  assert.match(
    text([
      { step: 1, "train/loss": 2 },
      { step: 2, "train/loss": NaN },
    ]),
    "loss was NaN in step 2: the weights are spoiled",
  );
});

test("a loss that rises is said; one that falls is not", () => {
  assert.equal(kinds(Array.from({ length: 30 }, (_, i) => ({ step: i + 1, "train/loss": 1 + i }))), ["loss rising"]);
  assert.equal(kinds(Array.from({ length: 30 }, (_, i) => ({ step: i + 1, "train/loss": 30 - i }))), []);
});

test("an evaluation says it of the system that answers", () => {
  const results = (malformed: number) =>
    Array.from({ length: 20 }, (_, i) => ({
      system: "tuned",
      qid: String(i),
      query: "",
      measures: { "R@50": 0 },
      ...(i < malformed && { malformed: true }),
    }));
  assert.match(text(results(19)), "95 % of the answers of tuned are malformed");
  assert.equal(kinds(results(9)), []);
});

test.run();
