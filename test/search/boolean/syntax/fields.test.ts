import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fieldOf } from "../../../../lib/search/boolean/syntax/fields";
import { tagOf } from "../../../../lib/search/boolean/foreign/ovid-fields";

// "Search field tags" of PubMed's User Guide, 2024: name and tag.
const guide = (
  "Affiliation ad|All Fields all|Article Identifier aid|Author au|Author Identifier auid|Book book|" +
  "Conflict of Interest Statement cois|Corporate Author cn|Create Date crdt|Completion Date dcom|" +
  "EC/RN Number rn|Editor ed|Entry Date edat|Filter filter|First Author Name 1au|Full Author Name fau|" +
  "Full Investigator Name fir|Grants and Funding gr|Investigator ir|ISBN isbn|Issue ip|Journal ta|" +
  "Language la|Last Author Name lastau|Location ID lid|MeSH Date mhda|MeSH Major Topic majr|" +
  "MeSH Subheadings sh|MeSH Terms mh|Modification Date lr|NLM Unique ID jid|Other Term ot|Owner owner|" +
  "Pagination pg|Personal Name as Subject ps|Pharmacological Action pa|Place of Publication pl|PMID pmid|" +
  "Publication Date dp|Publication Type pt|Publisher pubn|Secondary Source ID si|Subset sb|" +
  "Supplementary Concept nm|Text Words tw|Title ti|Title/Abstract tiab|Transliterated Title tt|Volume vi"
).split("|");

test("every field of the User Guide is known by its name and its tag, which mean the same", () => {
  assert.is(guide.length, 49);
  for (const row of guide) {
    const [name, tag] = [row.slice(0, row.lastIndexOf(" ")), row.slice(row.lastIndexOf(" ") + 1)];
    assert.ok(fieldOf(tag), row);
    assert.is(fieldOf(name)!.name, fieldOf(tag)!.name, row);
  }
});

test("upper and lower case, spaces and punctuation in a tag make no difference", () => {
  for (const tag of ["Title/Abstract", " title / abstract ", "TIAB", "Title-Abstract", "ti/ab", "TitleAbstract"])
    assert.is(fieldOf(tag)!.name, "Title/Abstract", tag);
  for (const tag of ["Date - Publication", "date-publication", "DP", "[PDAT]"])
    assert.is(fieldOf(tag)!.name, "Date - Publication", tag);
  assert.is(fieldOf("EC/RN Number")!.kind, "absent");
  for (const tag of ["", "xyz", "heart attack", "tiabs"]) assert.is(fieldOf(tag), undefined, tag);
});

test("noexp is read in all its spellings, for headings, qualifiers and types", () => {
  for (const tag of [
    "mh:noexp",
    "MeSH:NoExp",
    "mesh: no exp",
    "MeSH Terms:noexp",
    "majr:noexp",
    "sh:noexp",
    "Subheading:noexp",
    "pt:noexp",
    "Publication Type: noexp",
  ]) {
    const field = fieldOf(tag);
    assert.is(field && "exploded" in field && field.exploded, false, tag);
  }
  for (const tag of ["mh", "majr", "sh", "pt"]) assert.is((fieldOf(tag) as { exploded?: boolean }).exploded, true, tag);
});

test("several fields with commas are one", () => {
  assert.equal(
    [fieldOf("ti,ab"), fieldOf("ti,ab,ot")].map((field) => field && "parts" in field && field.parts),
    [1 + 2, 1 + 2 + 64],
  );
  assert.is(fieldOf("ti,xyz"), undefined);
});

test("Ovid's fields are PubMed's", () => {
  assert.equal(["ti,ab", "tw", "ti,ab,kf", "kw", "lg", "em", "in", "nm", "pt", "fs", "mp,ti"].map(tagOf), [
    "tiab",
    "tiab",
    "tiab",
    "ot",
    "la",
    "mhda",
    "ad",
    "nm",
    "pt",
    "sh",
    "all",
  ]);
  for (const code of ["lg", "em", "in", "ot", "rn", "cp", "jn", "ui", "ed", "yr"])
    assert.ok(fieldOf(tagOf(code)), code);
});

const einfo = "../shared/data/eutils/biopython/einfo2.xml";
if (!existsSync(einfo)) console.log("skipped: no shared data");
else {
  test("every field that einfo lists is known by its short and its long name, which mean the same", () => {
    const listed = [
      ...readFileSync(einfo, "utf8").matchAll(/<Field>\s*<Name>(.*?)<\/Name>\s*<FullName>(.*?)<\/FullName>/gs),
    ];
    assert.ok(listed.length >= 40);
    for (const [, short, long] of listed) {
      assert.ok(fieldOf(short!), short);
      assert.is(fieldOf(long!)!.name, fieldOf(short!)!.name, `${short} ${long}`);
    }
  });
}

test.run();
