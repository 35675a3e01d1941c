import { test } from "uvu";
import * as assert from "uvu/assert";
import { abbreviations, journalKey, journalKeys } from "../../../../lib/search/boolean/vocabulary/journals";

const names = [
  "The New England journal of medicine",
  "JAMA: the journal of the American Medical Association",
  "JAMA",
  "The Lancet",
  "Lancet Oncology",
  "Annals of Internal Medicine",
  "Journal of Clinical Oncology",
  "Journal of clinical endocrinology and metabolism",
  "Proceedings of the National Academy of Sciences of the United States of America",
  "Deutsche medizinische Wochenschrift",
  "Am J Med",
  "Cochrane Database of Systematic Reviews",
  "European Journal of Paediatric Neurology",
  "Anesthesia & Analgesia",
].map(journalKey);
const finds = (asked: string, ...found: readonly string[]) =>
  assert.equal(abbreviations(journalKey(asked), names), found.map(journalKey), asked);

test("an abbreviation finds the journal that it abbreviates, and no longer or other title", () => {
  finds("N Engl J Med", "The New England journal of medicine");
  finds("Ann Intern Med", "Annals of Internal Medicine");
  finds("J Clin Oncol", "Journal of Clinical Oncology");
  finds("J Clin");
  finds("J Clin Endocrinol Metab", "Journal of clinical endocrinology and metabolism");
  finds("Proc Natl Acad Sci U S A", "Proceedings of the National Academy of Sciences of the United States of America");
  finds("Dtsch Med Wochenschr", "Deutsche medizinische Wochenschrift");
  finds("Cochrane Database Syst Rev", "Cochrane Database of Systematic Reviews");
  finds("Eur J Paediatr Neurol", "European Journal of Paediatric Neurology");
  finds("Anesth Analg", "Anesthesia & Analgesia");
});

test("a title finds the abbreviation that a record writes", () =>
  finds("The American journal of medicine", "Am J Med"));

test("JAMA is the journal of the American Medical Association", () =>
  finds(
    "Journal of the American Medical Association",
    "JAMA: the journal of the American Medical Association",
    "JAMA",
  ));

test("keys are without articles, and without the place behind the name", () => {
  assert.equal(journalKeys("The Lancet (London, England)"), ["lancet london england", "lancet"]);
  assert.equal(
    [journalKey("Anesthesia & Analgesia"), journalKey("00284793"), journalKey("0028-479X")],
    ["anesthesia analgesia", "0028 4793", "0028 479x"],
  );
});

test.run();
