import { test } from "uvu";
import * as assert from "uvu/assert";
import { patterns } from "../../../../lib/search/boolean/mapping/exact-terms";
import { fitting, isPattern, stemOf } from "../../../../lib/search/boolean/text/wild-cards";
import { literature } from "../../../../lib/search/literature";

const fits = (pattern: string, words: string) => words.split(" ").filter(fitting(pattern)).join(" ");

test("# is one letter, ? one or none, * any ending and $n one of n letters at most", () => {
  assert.is(fits("wom#n", "woman women womn womaan"), "woman women");
  assert.is(fits("behavio?r", "behavior behaviour behaviouur"), "behavior behaviour");
  assert.is(fits("gene$2", "gene genes genet genetic"), "gene genes genet");
  assert.is(fits("rat*", "rat rats ration art"), "rat rats ration");
  assert.is(fits("an?esth*", "anesthesia anaesthetic anaaesthesia anesth"), "anesthesia anaesthetic anesth");
  assert.is(fits("a??b#", "abx axbx axxbx axxxbx ab"), "abx axbx axxbx");
  assert.equal([isPattern("rat*"), isPattern("ra?t"), stemOf("beh?vio#r*")], [false, true, "beh"]);
});

test("a pattern is tried in time proportional to its length and the word's", () => {
  const time = (n: number): number => {
    const test = fitting(`${"a?".repeat(n)}b`);
    const started = performance.now();
    for (let i = 0; i < 20; i++) test("a".repeat(n));
    return performance.now() - started;
  };
  time(200);
  assert.ok(time(400) < 2000); // by backtracking it would not end
});

test("a text becomes index words with their wild cards", () => {
  const told: string[] = [];
  const read = (text: string) => patterns(text, (warning) => told.push(warning)).join(" ");
  assert.equal(
    [
      "child$",
      "gene$4",
      "gene*4",
      "diagnos:",
      "isch?emi$",
      "pre-cancer*",
      "TNF-α",
      "organi#ation$2 of care",
      "crohn's",
      "1:2",
    ].map(read),
    [
      "child*",
      "gene$4",
      "gene$4",
      "diagnos*",
      "isch?emi*",
      "pre cancer*",
      "tnf alpha",
      "organi#ation$2 of care",
      "crohn s",
      "1 2",
    ],
  );
  assert.equal(told, []);
  assert.equal([read("*amphetamine"), read("colo*r")], ["amphetamine", "colo*"]);
  assert.equal(told, [
    "a wild card cannot begin a word: in *amphetamine, * was left out",
    "truncation ends a word: colo*r was searched without r",
  ]);
});

const blank = { abstract: "", mesh: [], date: "2010", journal: "", authors: [], types: [] };
const engine = literature(
  [
    "rats in a maze",
    "the rating of a gene",
    "genetics of women",
    "a woman and genes",
    "a colour and a color",
    "vitamin d3 in rat pups",
    "vitamin and mineral",
  ].map((title, i) => ({ ...blank, pmid: String(i + 1), title })),
);
const finds = async (query: string, expected: string) =>
  assert.is(
    (await engine.search(query, 10)).hits
      .map(({ docId }) => docId)
      .sort()
      .join(" "),
    expected,
    query,
  );

test("Ovid truncates stems of any length and keeps the limit; PubMed needs four letters", async () => {
  await finds("rat$.tw.", "1 2 6");
  await finds("rat$1.tw.", "1 6");
  await finds("rat.tw.", "6");
  await finds("gene$1.ti.", "2 4");
  await finds("gene$4.ti.", "2 3 4");
  await finds("wom#n.tw.", "3 4");
  await finds("colo?r.tw. and colour.tw.", "5");
  await finds("vitamin d?.tw.", "6"); // one letter or none behind the d, and no other word
  await finds("rat? pup$.tw.", "6");
  await finds("rat*[tiab]", "6");
  await finds("ma$ adj3 rat$.tw.", "1");
});

test.run();
