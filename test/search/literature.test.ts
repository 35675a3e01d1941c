import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Publication } from "../../lib/core/records";
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
const records: Publication[] = [
  {
    ...blank,
    pmid: "1",
    title: "Aspirin after heart attack",
    abstract: "A randomised trial.",
    mesh: ["*Myocardial Infarction/drug therapy", "Humans"],
    date: "2001/05/20",
    types: ["Randomized Controlled Trial"],
    authors: ["Smith JA"],
    journal: "Lancet",
  },
  {
    ...blank,
    pmid: "2",
    title: "Acetylsalicylic acid in acute myocardial infarction",
    mesh: ["Aspirin", "Myocardial Infarction", "Animals"],
    date: "2005",
    journal: "Heart",
  },
  {
    ...blank,
    pmid: "3",
    title: "Statins for stroke",
    abstract: "No attack of the heart.",
    mesh: ["Stroke", "Animals", "Humans"],
    date: "2005/01/01",
    types: ["Review"],
    authors: ["Elizaveta Kon"],
  },
  {
    ...blank,
    pmid: "4",
    title: "Aspirin and stroke",
    abstract: "Quality of life.",
    date: "2010/03",
    journal: "Stroke",
  },
  { ...blank, pmid: "5", title: "Heart attacks without a date" },
];
const thesaurus = {
  headings: [
    { heading: "Myocardial Infarction", entry: ["heart attack", "MI"] },
    { heading: "Aspirin", entry: ["acetylsalicylic acid"] },
    { heading: "Quality of Life", entry: [] },
  ],
};
const engine = literature(records, { thesaurus, name: "five papers" });

const finds = async (query: string, pmids: string, ...warnings: string[]) => {
  const result = await engine.search(query, 10);
  assert.is(result.hits.map(({ docId }) => docId).join(" "), pmids, query);
  assert.equal(result.warnings, warnings, query);
};

test("hits come newest first, equal dates by falling PMID, the undated last", async () => {
  // 4 is of 2010/03; 2 (of "2005") and 3 both count as of 2005/01/01; 1 is of 2001; 5 has no date
  await finds("all[sb] OR aspirin OR stroke OR heart", "4 3 2 1 5");
});

test("k cuts the hits and not the total", async () => {
  const { hits, total } = await engine.search("aspirin OR stroke", 2);
  assert.equal([hits.map(({ docId }) => docId), total], [["4", "3"], 4]);
  assert.equal((await engine.search("aspirin", 0)).hits, []);
});

test("maxDate is inclusive, and leaves out records without a date", async () => {
  const before = async (maxDate: string) =>
    (await engine.search("heart OR aspirin", 10, { maxDate })).hits.map(({ docId }) => docId).join(" ");
  assert.is(await before("2001/05/20"), "1");
  assert.is(await before("2001/05/19"), "");
  assert.is(await before("2005"), "3 2 1");
  assert.is(await before("2030/01/01"), "4 3 2 1");
});

test("operators are taken from left to right", async () => {
  await finds("statins[ti] OR aspirin[ti] AND stroke[ti]", "4 3"); // ({3} or {1, 4}) and {3, 4}
  await finds("statins[ti] OR (aspirin[ti] AND stroke[ti])", "4 3");
  await finds("aspirin[ti] AND stroke[ti] OR heart[ti]", "4 1 5");
  await finds("aspirin[ti] AND (stroke[ti] OR heart[ti])", "4 1");
  await finds("stroke NOT statins", "4");
});

test("an untagged term is mapped to its heading, its heading's words and itself", async () => {
  await finds("heart attack", "3 2 1"); // 2 by heading, 3 by the words heart and attack
  await finds('"heart attack"', "1"); // quotes turn the mapping off
  await finds("heart attack aspirin", "2 1");
  assert.is(
    engine.translation("MI"),
    '"myocardial infarction"[MeSH Terms] OR ("myocardial"[All Fields] AND "infarction"[All Fields])',
  );
});

test("the longest known run of words is mapped, stop words inside it included", async () => {
  assert.is(
    engine.translation("the quality of life in stroke"),
    '("quality"[All Fields] AND "life"[All Fields]) AND "stroke"[All Fields]',
  );
  await finds("the quality of life in stroke", "4", "phrases ignored: the, in");
});

test("a term that occurs nowhere is dropped with a warning and the rest is searched", async () => {
  await finds("aspirin AND aswfgh", "4 2 1", "phrase not found: aswfgh[All Fields]");
  await finds("aswfgh NOT aspirin", "", "phrase not found: aswfgh[All Fields]", "no items found");
  await finds("(aswfgh NOT aspirin) OR statins", "3", "phrase not found: aswfgh[All Fields]");
  await finds("qwerty[tiab]", "", "phrase not found: qwerty[Title/Abstract]", "no items found");
});

test("a quoted phrase that occurs nowhere is searched as its words", async () => {
  await finds('"stroke aspirin"', "4", 'quoted phrase not found: "stroke aspirin"[All Fields]');
  await finds('"stroke aspirin"[ti]', "4", 'quoted phrase not found: "stroke aspirin"[Title]');
  await finds("stroke aspirin[ti]", "4"); // unquoted: no phrase was promised
});

test("fields, by their short and long names", async () => {
  await finds("attack[ti]", "1");
  await finds("attack[Title/Abstract]", "3 1");
  await finds("attack[AB]", "3");
  await finds("infarction[tw]", "2 1");
  await finds("lancet[all fields]", "1");
  await finds("myocardial infarction[mh]", "2 1");
  await finds("heart attack[MeSH Terms]", "2 1"); // an entry term leads to its heading
  await finds('"Myocardial Infarction"[majr]', "1");
  await finds("Myocardial Infarction/drug therapy[mh:noexp]", "1");
  await finds("drug therapy[sh]", "1");
  await finds("randomized controlled trial[pt]", "1");
  await finds("clinical trial[Publication Type]", "1"); // which a randomized one is
  await finds("smith j[au]", "1");
  await finds("Kon[au] OR smith ja[Author]", "3 1");
  await finds("heart[ta]", "2");
  await finds("3[pmid] OR 1[uid]", "3 1");
  await finds("hasabstract", "4 3 1");
});

test("an unknown field is told and the term searched without it", async () => {
  await finds("statins[xyz]", "3", "field not found: [xyz]; statins was searched without it");
  await finds("english[la] AND statins", "3", "field not in this corpus: [la]; english was left out");
});

test("dates: a year, a month, a range with both ends included", async () => {
  await finds("2005[dp]", "3 2");
  await finds("2010/03[dp]", "4");
  await finds("2001:2005[dp]", "3 2 1");
  await finds("2001/05/20:2004/12/31[pdat]", "1");
  await finds('"2005/01/01"[Date - Publication] : "3000"[Date - Publication]', "4 3 2");
  await finds(
    "2015:2001[dp]",
    "",
    "range runs backwards: 2015:2001[Date - Publication] holds no day; write 2001:2015",
    "no items found",
  );
  await finds("stroke AND 2010:2015", "4 3", "only dates have ranges: 2010:2015 was left out; write 2010:2015[dp]");
  await finds("stroke AND soon[dp]", "4 3", "not a date: soon[Date - Publication] was left out; write YYYY/MM/DD");
});

test("truncation needs four characters, and works at the end of a phrase", async () => {
  await finds("acet*", "2");
  await finds('"heart atta*"[ti]', "1 5");
  await finds(
    "sta*",
    "",
    "truncation needs 4 characters before the *: sta* searched as sta",
    "phrase not found: sta[All Fields]",
    "no items found",
  );
});

test("proximity", async () => {
  await finds('"attack heart"[tiab:~2]', "3 1");
  await finds('"attack heart"[tiab:~0]', "1");
});

test("the human filter of real reviews works", async () => {
  await finds("(aspirin OR stroke) NOT (Animals[Mesh] not (Animals[Mesh] and Humans[Mesh]/))", "4 3 1");
});

test("an empty query, and a query of nothing but stop words, find nothing and say so", async () => {
  await finds("", "", "empty query", "no items found");
  await finds(" \n", "", "empty query", "no items found");
  await finds("the of", "", "phrases ignored: the, of", "no items found");
});

test("NOT with nothing to take from finds nothing; inside parentheses it is everything else", async () => {
  await finds(
    "NOT aspirin",
    "",
    "improper beginning of expression: NOT has nothing on its left to take from",
    "no items found",
  );
  await finds("stroke AND (NOT statins)", "4");
});

test("the translation of a query prints and reads back as the same search", async () => {
  for (const query of ["(heart attack OR MI) AND aspirin", "stroke NOT statins[ti]", "2001:2005[dp] AND heart*"]) {
    const again = engine.translation(query);
    assert.equal((await engine.search(again, 10)).hits, (await engine.search(query, 10)).hits, again);
  }
});

test("without a thesaurus the corpus' own headings serve", async () => {
  const own = literature([
    { ...blank, pmid: "1", mesh: ["Cartilage, Articular/surgery"] },
    { ...blank, pmid: "2", title: "articular cartilage" },
  ]);
  assert.is((await own.search("articular cartilage", 9)).total, 2);
  assert.match(own.translation("articular cartilage"), /"cartilage articular"\[MeSH Terms\]/);
});

test("an empty corpus answers", async () => {
  assert.equal(await literature([]).search("aspirin", 5), {
    hits: [],
    total: 0,
    warnings: ["phrase not found: aspirin[All Fields]", "no items found"],
  });
});

test("the caller's mistakes throw: a bad k, a bad date, two records with one PMID, an aborted search", async () => {
  const fails = async (run: () => unknown, message: RegExp) => {
    try {
      await run();
    } catch (error) {
      return assert.match((error as Error).message, message);
    }
    assert.unreachable(`did not throw ${message}`);
  };
  await fails(() => engine.search("aspirin", -1), /k is -1/);
  await fails(() => engine.search("aspirin", NaN), /k is NaN/);
  await fails(() => engine.search("aspirin", 5, { maxDate: "soon" }), /maxDate is "soon"; it must be a date like/);
  await fails(() => literature([records[0]!, records[0]!]), /records 0 and 1 both have the PMID "1"/);
  await fails(() => engine.search("aspirin", 5, { signal: AbortSignal.abort() }), /interrupted/);
});

test.run();
