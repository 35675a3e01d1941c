import { test } from "uvu";
import * as assert from "uvu/assert";
import { authorKey, authorKeys, authorReadings, isCollective } from "../../../../lib/search/boolean/vocabulary/authors";

const all = (key: string, ...names: readonly string[]) =>
  names.forEach((name) => assert.is(authorKey(name), key, name));

test("an author is surname then initials, however the record writes it", () => {
  all("kon e", "Kon E", "Elizaveta Kon", "Kon, Elizaveta", "E Kon", "Kon, E.", "E. Kon");
  all(
    "ebert jr",
    "Jay R. Ebert",
    "Ebert JR",
    "Ebert, Jay R.",
    "J.R. Ebert",
    "J. R. Ebert",
    "Ebert J R",
    "Ebert J.R.",
    "JR Ebert",
  );
  all("smith mj", "Mary-Jane Smith", "Smith M-J", "Smith, Mary-Jane");
  all("o brien c", "O'Brien C", "Conor O’Brien");
});

test("generation suffixes stand last, in every spelling", () => {
  all(
    "vollmer cm jr",
    "Vollmer CM Jr",
    "Vollmer CM Jr.",
    "Charles M. Vollmer Jr.",
    "Vollmer, Charles M, Jr.",
    "Vollmer CM, Jr",
    "Vollmer Jr, Charles M",
  );
  all("smith ja 3rd", "Smith JA 3rd", "Smith JA III", "John A. Smith III", "Smith, John A., 3rd");
  all("smith ja 2nd", "Smith JA 2nd", "Smith JA II");
  all("smith ja sr", "Smith JA Sr", "John A Smith Sr.");
  all("smith ja 4th", "Smith JA IV", "Smith JA 4th");
  assert.is(authorKey("smith jr"), "smith jr"); // initials J. R.
});

test("particles belong to the surname", () => {
  all("van der berg ja", "van der Berg JA", "Jan A. van der Berg", "van der Berg, Jan A.");
  all("de gaulle c", "Charles de Gaulle", "De Gaulle C");
  assert.is(authorKey("van der berg"), "van der berg");
});

test("a group keeps its whole name", () => {
  assert.is(authorKey("UK Prospective Diabetes Study (UKPDS) Group"), "uk prospective diabetes study ukpds group");
  for (const name of [
    "SPRINT Research Group",
    "World Health Organization",
    "Antithrombotic Trialists' Collaboration",
    "The ALLHAT Officers",
  ])
    assert.is(isCollective(name), name !== "The ALLHAT Officers", name);
  assert.is(isCollective("Group, John"), false);
});

test("a full name is a key of its own beside its initials", () => {
  assert.equal(authorKeys("Elizaveta Kon"), ["kon e", "kon elizaveta"]);
  assert.equal(authorKeys("Kon E"), ["kon e"]);
});

test("names of the common shapes have the keys that all names have", () => {
  for (const name of ["David L. Morris", "John A B Smith", "Kon E", "Wu LI", "Elizaveta Kon"])
    assert.equal(authorKeys(name), authorKeys(` ${name} `), name);
  assert.equal(authorKeys("David L. Morris"), ["morris dl", "morris david l"]);
  assert.equal(authorKeys("Smith III"), ["smith 3rd"]);
});

test("a query's full name is read in both orders, then by its initials", () => {
  assert.equal(authorReadings("kon elizaveta"), [
    ["elizaveta kon", "kon elizaveta"],
    ["elizaveta k", "kon e", "kon elizaveta"],
  ]);
  assert.equal(authorReadings("vollmer cm"), [["vollmer cm"]]);
});

test.run();
