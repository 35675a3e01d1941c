import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { conceptsOf, headingList, readVocabulary, spaced } from "../../../lib/data/literature/vocabulary";

const folder = mkdtempSync(join(tmpdir(), "vocabulary-"));
test.after(() => rmSync(folder, { recursive: true }));

const aspirin = { id: "aspirin", role: "I", heading: "Aspirin", terms: ["aspirin", "ASA"], entry: ["aspirin"] };
const refusal = (text: string): string => {
  const file = join(folder, "vocabulary.json");
  writeFileSync(file, text);
  try {
    readVocabulary(file);
  } catch (error) {
    assert.is((error as Error).name, "CorruptData");
    assert.ok((error as Error).message.startsWith(file));
    return (error as Error).message;
  }
  return "accepted";
};
const refusalOf = (...concepts: unknown[]) => refusal(JSON.stringify({ concepts }));

test("the vocabulary has 60 conditions, 60 interventions, 10 comparators and 30 outcomes", () => {
  const vocabulary = readVocabulary();
  assert.equal(
    (["P", "I", "C", "O"] as const).map((role) => conceptsOf(vocabulary, role).length),
    [60, 60, 10, 30],
  );
});

test("conditions and interventions have three to five names, and some that only text search finds", () => {
  const vocabulary = readVocabulary();
  for (const { id, terms, entry } of [...conceptsOf(vocabulary, "P"), ...conceptsOf(vocabulary, "I")]) {
    assert.ok(terms.length >= 3 && terms.length <= 5, id);
    assert.ok(entry.length >= 1 && entry.length < terms.length, id);
  }
});

test("the thesaurus leads from a lay term to its heading", () => {
  const { headings } = headingList(readVocabulary());
  assert.is(headings.find(({ entry }) => entry.includes("heart attack"))!.heading, "Myocardial Infarction");
});

test("words are compared in lower case, without punctuation, whole", () => {
  assert.is(spaced("Arthritis, Rheumatoid"), " arthritis rheumatoid ");
  assert.not.ok(spaced("heatstroke").includes(spaced("stroke")));
});

test("a name inside the name of another concept is refused, in terms and in headings", () => {
  const other = { ...aspirin, id: "oral-aspirin", heading: "Oral Form", terms: ["oral aspirin", "tablets"], entry: [] };
  assert.match(refusalOf(aspirin, other), /"oral aspirin" of oral-aspirin contains a name of aspirin/);
  assert.match(
    refusalOf(aspirin, { ...other, heading: "ASA, Oral", terms: ["pills", "tablets"] }),
    /"ASA, Oral" of oral-aspirin contains a name of aspirin/,
  );
  assert.match(
    refusalOf(aspirin, { ...other, terms: ["Aspirin", "tablets"] }),
    /"Aspirin" names both aspirin and oral-aspirin/,
  );
  assert.match(refusalOf(aspirin, aspirin), /the id "aspirin" occurs twice/);
});

test("nonsense is refused with the number and name of the concept", () => {
  assert.is(refusalOf(aspirin), "accepted");
  assert.match(refusal("{"), /is not JSON/);
  assert.match(refusal("null"), /has no list "concepts"/);
  assert.match(refusalOf(aspirin, null), /concept 2 \(no id\) has no id/);
  assert.match(refusalOf({ ...aspirin, role: "X" }), /concept 1 \(aspirin\) has role "X"; roles are P, I, C, O/);
  assert.match(refusalOf({ ...aspirin, terms: ["aspirin"] }), /needs two to five terms/);
  assert.match(refusalOf({ ...aspirin, terms: ["aspirin", "anti-platelet"] }), /has the term "anti-platelet"/);
  assert.match(refusalOf({ ...aspirin, entry: ["ecotrin"] }), /"entry" that is not among its terms/);
  assert.match(refusalOf({ ...aspirin, role: "O" }), /has goal undefined; it must be "reduce" or "improve"/);
});

test("a vocabulary that is not there is named", () => {
  assert.throws(() => readVocabulary(join(folder, "gone.json")), /gone\.json: cannot be read/);
});

test.run();
