import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import type { Publication } from "../../lib/core/records";
import { recallAt } from "../../lib/metrics/recall";
import { literature } from "../../lib/search/literature";

const rng = random("boolean laws");
const vocabulary = ["heart", "attack", "aspirin", "stroke", "pain", "knee", "statin", "trial", "women", "placebo"];
const text = (length: number) => Array.from({ length }, () => rng.pick(vocabulary)).join(" ");
const records: Publication[] = Array.from({ length: 300 }, (_, i) => ({
  pmid: String(i),
  title: text(3),
  abstract: text(6),
  mesh: rng.next() < 0.5 ? [rng.pick(vocabulary)] : [],
  date: `${1990 + rng.below(30)}/0${1 + rng.below(9)}`,
  journal: "",
  authors: [],
  types: [],
}));
const engine = literature(records);

const pieces = [
  "(",
  ")",
  "((",
  "))",
  '"',
  "“",
  "[tiab]",
  "[mh]",
  "[majr]",
  "[ti]",
  "[au]",
  "[dp]",
  "[xyz]",
  "[",
  "]",
  "*",
  ":",
  "2010:2015[dp]",
  "2010",
  "/",
  ",",
  "-",
  "'",
  "~",
  "[tiab:~3]",
  " AND ",
  " OR ",
  " NOT ",
  " and ",
  " not ",
  "heart",
  "attack",
  "hear*",
  "zzz",
  "the",
  "é",
  "病",
  "\u0000",
  "\ud800",
  "💊",
  "\n",
  " ",
  "  ",
  "%",
  "#1",
  "adj3",
  "$",
  "?",
];

test("a OR b finds at least the larger of both, a AND b at most the smaller, a NOT b what is left", async () => {
  const operands = [
    ...vocabulary,
    "(heart OR knee)",
    "(pain NOT women)",
    '"heart attack"[tiab]',
    "hear*",
    "1995:2000[dp]",
    "stroke[ti]",
    "aspirin[mh]",
  ];
  const total = async (query: string) => (await engine.search(query, 0)).total;
  for (let i = 0; i < 300; i++) {
    const [a, b] = [rng.pick(operands), rng.pick(operands)];
    const [one, other, either, both, left] = (await Promise.all(
      [a, b, `${a} OR ${b}`, `${a} AND ${b}`, `${a} NOT ${b}`].map(total),
    )) as [number, number, number, number, number];
    assert.ok(either >= Math.max(one, other), `${a} OR ${b}`);
    assert.ok(both <= Math.min(one, other), `${a} AND ${b}`);
    assert.is(either + both, one + other, `${a}, ${b}`); // |a ∪ b| + |a ∩ b| = |a| + |b|
    assert.is(left, one - both, `${a} NOT ${b}`);
  }
});

test("single terms agree with reading every record", async () => {
  for (const word of vocabulary) {
    const expected = records.filter(({ title, abstract }) => `${title} ${abstract}`.split(" ").includes(word)).length;
    assert.is((await engine.search(`${word}[tiab]`, 0)).total, expected, word);
  }
});

test("hits are at most k, distinct, newest first, and none is after maxDate", async () => {
  const dates = new Map(records.map(({ pmid, date }) => [pmid, date]));
  for (let k = 0; k < 40; k += 3) {
    const { hits, total } = await engine.search("heart OR pain", k, { maxDate: "2005/06/30" });
    assert.is(hits.length, Math.min(k, total));
    assert.is(new Set(hits.map(({ docId }) => docId)).size, hits.length);
    const found = hits.map(({ docId }) => dates.get(docId)!);
    assert.equal(found, [...found].sort().reverse());
    assert.ok(found.every((date) => date <= "2005/06"));
  }
});

test("the recall of a query is that of its hits at the same cut, whatever is asked", async () => {
  const judgments = Object.fromEntries(
    records
      .filter((_, i) => i % 7 === 0)
      .map(({ pmid }, i) => [pmid, i % 3])
      .concat([["of no record", 1]]),
  );
  const at = (k: number) => recallAt(k).measure;
  for (let i = 0; i < 500; i++) {
    const query = Array.from({ length: 1 + rng.below(8) }, () => rng.pick(pieces)).join(" ");
    const [k, options] = [rng.pick([1, 5, 50, 3000]), rng.next() < 0.5 ? { maxDate: "2010" } : {}];
    const [listed, counted] = [
      await engine.search(query, k, options),
      await engine.recall(query, judgments, k, options),
    ];
    const found = listed.hits.filter(({ docId }) => judgments[docId]! > 0).length;
    assert.equal(
      counted,
      { recall: at(k)(listed.hits, judgments), found, total: listed.total, warnings: listed.warnings },
      query,
    );
  }
});

test("20,000 random queries: none throws, none is slow, every one answers the same twice", async () => {
  const started = process.cpuUsage(); // not by the clock: other test files run beside this one
  for (let i = 0; i < 20_000; i++) {
    const query = Array.from({ length: 1 + rng.below(14) }, () => rng.pick(pieces)).join(rng.next() < 0.3 ? " " : "");
    const result = await engine.search(query, 5, rng.next() < 0.5 ? { maxDate: "2010" } : {});
    assert.ok(result.hits.length <= 5 && result.hits.length <= result.total && result.total <= records.length, query);
    if (result.total === 0) assert.ok(result.warnings.includes("no items found"), query);
    engine.translation(query);
    if (i % 100 === 0) assert.equal(await engine.search(query, 5), await engine.search(query, 5), query);
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  assert.ok(seconds < 30, `${seconds} s`); // two seconds or so on an idle core
});

test("monstrous queries end soon", async () => {
  for (const piece of [
    "(",
    ")",
    '"',
    "[",
    "]",
    "*",
    "NOT ",
    "(a OR ",
    "heart-",
    "heart attack ",
    '"heart attack" OR ',
    "hear* ",
    '"x y"[tiab:~3] ',
    "(".repeat(70) + "heart ",
    ":",
    "[tiab:~",
    "~ : ",
  ]) {
    const started = performance.now();
    await engine.search(piece.repeat(30_000 / piece.length), 5);
    assert.ok(performance.now() - started < 10_000, piece);
  }
});

test.run();
