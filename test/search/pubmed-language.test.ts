import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Publication } from "../../lib/core/records";
import { qualifierNames } from "../../lib/search/boolean/vocabulary/qualifiers";
import { literature } from "../../lib/search/literature";

const blank: Publication = {
  pmid: "",
  title: "",
  abstract: "",
  mesh: [],
  date: "",
  journal: "",
  authors: [],
  types: [],
};
// Newest first: 29161391, 28271409, 16381840, 10000001.
const records: Publication[] = [
  {
    ...blank,
    pmid: "29161391",
    date: "2020",
    title: "Aspirin after heart attack",
    abstract: "Patients took solu and medrol apart; Solu-Cortef too.",
    keywords: ["sarcoid granuloma"],
    mesh: ["*Asthma/drug therapy", "Humans", "Power (Psychology)", "Renin/antagonists & inhibitors"],
    types: ["Randomized Controlled Trial", "Journal Article"],
    authors: ["Vollmer CM Jr", "van der Berg J", "SPRINT Research Group"],
    journal: "The New England journal of medicine",
    journalNames: ["N Engl J Med", "0028-4793"],
  },
  {
    ...blank,
    pmid: "28271409",
    date: "2019",
    title: "Attack rates",
    mesh: ["Asthma/*surgery", "Power (Psychology)/ethics", "Animals"],
    types: ["Systematic Review"],
    authors: ["Smith JA", "Vollmer CM"],
    journal: "Lancet (London, England)",
  },
  {
    ...blank,
    pmid: "16381840",
    date: "2018",
    title: "Wood pastures in 2010",
    mesh: ["Asthma/adverse effects", "Breast Neoplasms/prevention & control"],
    types: ["Practice Guideline"],
    authors: ["Elizaveta Kon"],
    journal: "Heart",
  },
  {
    ...blank,
    pmid: "10000001",
    date: "2017",
    title: "Toxicity",
    mesh: ["Asthma/toxicity", "Asthma", "Diagnostic Errors"],
    types: ["Clinical Trial, Phase II"],
    authors: ["Smith J 3rd"],
    journal: "Am J Med",
  },
];
const thesaurus = {
  headings: [
    { heading: "Asthma", entry: ["bronchial asthma"] },
    { heading: "Renin", entry: [] },
    { heading: "Myocardial Infarction", entry: ["heart attack"] },
    { heading: "Power (Psychology)", entry: [] },
    { heading: "Breast Neoplasms", entry: [] },
  ],
};
const engine = literature(records, { thesaurus });
const short: Readonly<Record<string, string>> = { "29161391": "a", "28271409": "b", "16381840": "c", "10000001": "d" };

/** What a query finds, as letters, newest first, and whether a warning says `told`. */
const finds = async (query: string, letters: string, told?: RegExp) => {
  const { hits, warnings } = await engine.search(query, 10);
  assert.is(hits.map(({ docId }) => short[docId]).join(""), letters, query);
  const others = warnings.filter((warning) => warning !== "no items found");
  if (told)
    assert.ok(
      others.some((warning) => told.test(warning)),
      `${query}: ${warnings.join("; ")}`,
    );
  else assert.equal(others, [], query);
};

test("a hyphenated term whose phrase occurs nowhere finds nothing: tagged, quoted, truncated or plain", async () => {
  for (const query of [
    "Solu-Medrol[tiab]",
    "Solu-Medrol",
    '"Solu-Medrol"',
    '"Solu-Medrol"[tiab]',
    "Solu-Medr*[tiab]",
    "Solu‐Medrol[all]",
    "aspirin AND Solu-Medrol[tiab]",
    "aspirin solu-medrol[tiab]",
  ])
    await finds(query, "", /hyphenated phrase not found|quoted phrase/);
  await finds(
    "Solu-Medrol[tiab] OR aspirin",
    "a",
    /hyphenated phrase not found: Solu-Medrol\[Title\/Abstract\] finds nothing/,
  );
  await finds("Solu-Cortef[tiab]", "a");
  await finds("solu-cort*", "a");
  await finds("solu medrol[tiab]", "a"); // no hyphen: the words
  await finds("aspirin - solu", "a"); // a dash between spaces is punctuation
});

test("PMIDs need no tag: one, several, with OR, commas, lines, labels; other numbers are words", async () => {
  await finds("29161391", "a");
  await finds("29161391 OR 28271409", "ab");
  await finds("aspirin AND (29161391 OR 28271409)", "a");
  for (const query of [
    "29161391 28271409",
    "29161391, 28271409",
    "29161391\n28271409\n",
    "PMID: 29161391, PMID: 28271409",
    "29161391,28271409[pmid]",
    "29161391 28271409[uid]",
  ])
    await finds(query, "ab");
  await finds("29161391 99999999", "a", /phrase not found: 99999999\[PMID\]/);
  await finds("2010", "c");
});

test("[all] is mapped as what has no tag", async () => {
  assert.is(engine.translation("heart attack[all]"), engine.translation("heart attack"));
  assert.match(engine.translation("bronchial asthma[All Fields]"), /"asthma"\[MeSH Terms\]/);
  assert.is(engine.translation('"heart attack"[all]'), '"heart attack"[All Fields]'); // quotes turn the mapping off
});

test("subsets and filters stand for their queries; others are left out and told", async () => {
  await finds("all[sb]", "abcd");
  await finds("all[sb] NOT aspirin", "bcd");
  await finds("humans[filter]", "a");
  await finds("Animals[Filter]", "b");
  await finds("randomizedcontrolledtrial[Filter] OR clinicaltrial[filter]", "ad");
  await finds("systematic[sb]", "b");
  await finds("hasabstract[filter] AND attack", "a");
  await finds("Therapy/Narrow[filter]", "a");
  await finds("male[filter]", ""); // a filter never broadens: no record has the heading
  await finds("aspirin AND male[filter]", "");
  for (const query of [
    "aspirin AND medline[sb]",
    "aspirin NOT medline[sb]",
    "aspirin AND free full text[filter]",
    "aspirin AND pubmed pmc open access[filter]",
    "aspirin AND english[filter]",
    'aspirin AND "y_5"[filter]',
  ])
    await finds(query, "a", /field not in this corpus: \[(?:sb|filter)\]/);
});

test("authors: initials, suffixes, full names in both orders, particles, groups, the first and the last", async () => {
  await finds("vollmer cm[au]", "ab");
  await finds("Vollmer C[au]", "ab");
  await finds("vollmer[au]", "ab");
  await finds("Vollmer CM Jr[au]", "a");
  await finds("Vollmer, Charles M., Jr.[au]", "a");
  await finds('"vollmer cm"[au]', "b"); // quotes turn truncation off
  await finds("smith j 3rd[au]", "d");
  await finds("smith j[au]", "bd");
  await finds("smith*[au]", "bd");
  for (const query of ["kon e[au]", "Elizaveta Kon[au]", "kon elizaveta[au]", "Kon, Elizaveta[fau]", '"Kon E"[Author]'])
    await finds(query, "c");
  await finds("van der berg j[au] OR berg[1au]", "a", /phrase not found: berg/);
  await finds("van der berg[au]", "a");
  await finds("sprint research group[cn]", "a");
  await finds("SPRINT Research Group[au]", "a");
  await finds("vollmer cm[1au]", "a");
  await finds("vollmer cm[lastau]", "b");
  await finds("van der berg j[Last Author]", "a"); // a group is no last author
});

test("journals: abbreviation, full title, ISSN, with and without the place", async () => {
  for (const query of [
    "N Engl J Med[ta]",
    "The New England journal of medicine[Journal]",
    '"new england journal of medicine"[ta]',
    "0028-4793[ta]",
    "0028-4793[is]",
    "n engl*[ta]",
  ])
    await finds(query, "a");
  for (const query of ["Lancet[ta]", '"Lancet (London, England)"[jour]', "The Lancet[ta]"]) await finds(query, "b");
  await finds("The American journal of medicine[ta]", "d"); // the record has the abbreviation
  const full = literature([
    { ...blank, pmid: "1", journal: "Annals of Internal Medicine" },
    { ...blank, pmid: "2", journal: "Annals of Medicine" },
  ]);
  assert.equal(
    (await full.search("Ann Intern Med[ta]", 9)).hits.map(({ docId }) => docId),
    ["1"],
  );
});

test("headings with parentheses in their names", async () => {
  for (const query of [
    "Power (Psychology)[mh]",
    '"Power (Psychology)"[MeSH Terms]',
    "exp Power (Psychology)/",
    "Power (Psychology)[mh:noexp]",
  ])
    await finds(query, "ab", query.startsWith("exp") ? /read as Ovid/ : undefined);
  await finds("aspirin AND Power (Psychology)[mh]", "a");
  await finds("Power (Psychology)/ethics[mh]", "b");
  await finds("exp Power (Psychology)/ and aspirin.tw.", "a", /read as Ovid/);
  await finds("aspirin (toxicity OR attack)", "a"); // no tag: parentheses as ever
  await finds("wood (pastures OR toxicity)[ti]", "c", /field tag behind parentheses/);
});

test("qualifiers by code and by name, with narrower ones, and without", async () => {
  await finds("dt[sh]", "a");
  await finds("drug therapy[Subheading]", "a");
  await finds("therapy[sh]", "abc"); // drug therapy, surgery, prevention & control
  await finds("therapy[sh:noexp]", "", /not found/);
  await finds("asthma/dt[mh]", "a");
  await finds("asthma/drug therapy[mesh]", "a");
  await finds("bronchial asthma/dt[mh]", "a"); // an entry term of the heading
  await finds("renin/ai[mh]", "a");
  await finds("asthma/dt,su[mh]", "ab");
  await finds("asthma/therapy[mh]", "ab");
  await finds("asthma/therapy[mh:noexp]", "");
  await finds("asthma/adverse effects[mh]", "cd");
  await finds("asthma/ae[majr]", "");
  await finds("asthma/su[majr:noexp]", "b");
  await finds('"Breast Neoplasms/prevention and control"[Mesh]', "c");
  await finds("asthma/drug therapy", "a");
  await finds("asthma/drug therapy AND aspirin", "a");
  await finds("asthma/xx[mh]", "", /phrase not found: asthma\/xx/);
  const strict = literature(records, { thesaurus, syntax: "pubmed" });
  assert.equal(
    (await strict.search("renin/ai", 9)).hits.map(({ docId }) => docId),
    ["29161391"],
  );
  assert.equal(
    (await strict.search("asthma/su", 9)).hits.map(({ docId }) => docId),
    ["28271409"],
  );
});

test("each of NLM's codes finds what its name finds", async () => {
  const all = Object.entries(qualifierNames);
  const corpus = literature(all.map(([, name], i) => ({ ...blank, pmid: String(i), mesh: [`Asthma/${name}`] })));
  for (const [i, [code, name]] of all.entries()) {
    for (const query of [
      `asthma/${code}[mh:noexp]`,
      `asthma/${name}[mh:noexp]`,
      `${code}[sh:noexp]`,
      `"${name}"[sh:noexp]`,
      `asthma/${code}[majr:noexp] OR asthma/${code.toUpperCase()}[mh:noexp]`,
    ]) {
      assert.equal(
        (await corpus.search(query, 99)).hits.map(({ docId }) => docId),
        [String(i)],
        query,
      );
    }
  }
});

test("a truncated heading; a star behind a space ends a word of it", async () => {
  await finds("diagnostic *[mh:noexp]", "d");
  await finds("asth*[mh]", "abcd");
});

test("publication types include narrower ones, and with noexp they do not", async () => {
  await finds("clinical trial[pt]", "ad");
  await finds("clinical study[pt]", "ad");
  await finds("controlled clinical trial[pt]", "a");
  await finds("clinical trial[pt:noexp]", "", /not found/);
  await finds("Clinical Trial, Phase II[Publication Type:noexp]", "d");
  await finds("review[pt]", "b");
  await finds("guideline[pt]", "c");
  await finds("clinical trial*[pt]", "d");
});

test("a field that PubMed has and the corpus lacks is left out and told, in both languages", async () => {
  for (const field of [
    "la",
    "Transliterated Title",
    "ad",
    "Grants and Funding",
    "nm",
    "EC/RN Number",
    "Place of Publication",
    "ip",
    "pg",
    "si",
    "cois",
    "auid",
    "book",
    "isbn",
    "ir",
    "LID",
    "jid",
    "owner",
    "pa",
    "ps",
    "pubn",
    "vi",
    "ed",
    "aid",
    "tt",
  ]) {
    await finds(
      `toxicity[${field}] AND aspirin`,
      "a",
      new RegExp(`^field not in this corpus: \\[${field.replace(/[/\\]/g, ".")}\\]; toxicity was left out$`),
    );
  }
  for (const suffix of ["lg", "in", "nm", "rn", "cp", "vo"])
    await finds(`toxicity.${suffix}. and aspirin.tw.`, "a", /^field not in this corpus/);
  await finds("2019.em. and attack.tw.", "b", /date of publication/);
});

test("NOT takes away only what the records can tell", async () => {
  await finds(
    "attack NOT (medline[sb] AND 2020[dp])",
    "ab",
    /NOT takes away depends on a field that is not in this corpus/,
  );
  await finds("attack NOT (aspirin OR english[la])", "b", /english was left out/); // aspirin is sure
  await finds("attack NOT english[la]", "ab", /english was left out/);
  await finds("attack NOT (aspirin AND heart)", "b");
});

test("proximity where PubMed has none is told", async () => {
  await finds('"heart attack"[tiab:~3]', "a");
  await finds('"heart attack"[Title:~0]', "a");
  await finds('"asthma"[mh:~3]', "abcd", /PubMed has no proximity in \[mh\]/);
  await finds('"attack hear*"[ti:~2]', "a", /no proximity with a truncated word/);
  await finds('"kon e"[au:~2]', "c", /no proximity in \[au\]/);
  await finds('aspirin AND "New York"[ad:~5]', "a", /field not in this corpus: \[ad:~5\]/);
});

test("author keywords are searched by [tiab], [tw], [ot] and without a field, not by [ti] and [ab]", async () => {
  for (const query of [
    "sarcoid[tiab]",
    "sarcoid[ot]",
    "sarcoid[tw]",
    "sarcoid",
    "sarcoid granuloma[Other Term]",
    "sarcoid.kw.",
    "sarcoid.kf,ti.",
  ])
    await finds(query, "a", query.includes(".k") ? /read as Ovid/ : undefined);
  await finds("sarcoid[ti]", "", /not found/);
  await finds("sarcoid[ab]", "", /not found/);
});

test("format characters and typographic marks in a query change nothing", async () => {
  for (const query of [
    "as\u00adpirin[tiab]",
    "\ufeffaspirin[ti\u200b]",
    "“heart attack”［ti］",
    "ａｓｐｉｒｉｎ　ＡＮＤ　（ａｔｔａｃｋ）",
    "aspirin\u200bAND\u200battack",
    "„heart attack“[ti] AND aspirin",
    "«heart attack»[ti]",
    "heart\u2060 attack[ti]",
    "aspirin\ufe0f[ti]",
    "solu–cortef",
    "hear＊[ti]",
  ])
    await finds(query, "a");
  const soft = literature([{ ...blank, pmid: "1", title: "Cyto\u00adkine \u200bstorm（IL－6）" }]);
  for (const query of ["cytokine[ti]", "storm", "IL-6[ti]", '"il 6"'])
    assert.is((await soft.search(query, 1)).total, 1, query);
});

test("a range that runs backwards holds no day; a truncated word in a phrase is searched", async () => {
  await finds("2020:2018[dp]", "", /range runs backwards/);
  await finds("2018:2020[dp]", "abc");
  await finds('"wood* pastures"[tiab]', "c", /PubMed truncates only the last word of a phrase/);
  await finds('"wood pastur*"[tiab]', "c");
  await finds("as?irin[ti] OR wood", "c", /no wild card \?/);
});

test("what a query is taken to mean reads back as the same search", async () => {
  for (const query of [
    "asthma/therapy[mh]",
    "therapy[sh]",
    "clinical trial[pt]",
    "vollmer cm[au]",
    "smith[1au]",
    "N Engl J Med[ta]",
    "humans[filter]",
    "29161391 28271409",
    "SPRINT Research Group[cn]",
    "asth*[mh]",
    "solu-cortef",
  ]) {
    const again = engine.translation(query);
    assert.equal((await engine.search(again, 10)).hits, (await engine.search(query, 10)).hits, `${query}: ${again}`);
  }
});

test.run();
