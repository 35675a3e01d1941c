import { test } from "uvu";
import * as assert from "uvu/assert";
import { readQuery } from "../../../../lib/search/boolean/history/search-lines";
import { literature } from "../../../../lib/search/literature";

const blank = {
  abstract: "",
  mesh: [] as readonly string[],
  date: "2010",
  journal: "",
  authors: [],
  types: [] as readonly string[],
};
const engine = literature([
  {
    ...blank,
    pmid: "1",
    title: "asthma in children",
    types: ["Randomized Controlled Trial"],
    mesh: ["Humans", "Child"],
  },
  { ...blank, pmid: "2", title: "asthma in adults", date: "2003" },
  { ...blank, pmid: "3", title: "wheezing children", types: ["Randomized Controlled Trial"] },
  { ...blank, pmid: "4", title: "fever in a child", mesh: ["Fever/drug therapy"] },
]);
const search = async (query: string) => {
  const { hits, warnings } = await engine.search(query, 10);
  return {
    found: hits
      .map(({ docId }) => docId)
      .sort()
      .join(" "),
    told: warnings.join("; "),
  };
};
const finds = async (expected: string, ...queries: readonly string[]) => {
  for (const query of queries)
    assert.is((await search(query)).found, expected, `${query}\n${(await search(query)).told}`);
};

test("the number of a line in every printed form", async () => {
  // asthma is 1 2, child$ is 1 3 4, both 1
  for (const mark of [
    "N.",
    "N. ",
    "N) ",
    "N ",
    "N\t",
    "N.\t",
    "#N ",
    "#N. ",
    "#N\t",
    "# N. ",
    "N: ",
    "(N) ",
    "[N] ",
    "  N  ",
    "N\u00a0",
    "Line N: ",
    "N - ",
    "0N. ",
  ]) {
    await finds(
      "1",
      ["asthma.tw.", "child$.tw.", "1 and 2"].map((text, i) => mark.replace("N", String(i + 1)) + text).join("\n"),
    );
  }
  await finds(
    "1",
    "asthma.tw.\nchild$.tw.\n1 and 2",
    "asthma.tw.\n\nchild$.tw.\n\n#1 AND #2",
    "1. asthma.tw.\r\n\r\n2. child$.tw.\r\n3. 1 and 2\r\n",
    "S1 asthma.tw.\nS2 child$.tw.\nS3 S1 AND S2",
  );
  await finds("1 2", "1. asthma.tw.");
});

test("ranges, lists and joins", async () => {
  const sets = "1. asthma.tw.\n2. wheez$.tw.\n3. fever.tw.\n4. child$.tw.\n";
  await finds(
    "1 2 3 4",
    ...[
      "or/1-4",
      "OR/1-4",
      "or / 1 - 4",
      "or/1,2,3,4",
      "or/1,3-4,2",
      "1-4/or",
      "1-4/OR",
      "1 or 2 or 3 or 4",
      "or/1\u20134",
      "or/#1-#4",
      "(or/1-3) or 4",
      "or/1-3 or 4",
      "#1 OR #2 OR (#3 or #4)",
      "or 1-4",
      "{or #1-#4}",
      "or/1 to 4",
    ].map((line) => `${sets}5. ${line}`),
  );
  await finds(
    "1 3",
    ...["and/4-5", "4-5/and", "4 and 5", "(4) AND (5)", "#4 and #5", "5 and 4 (2)", "5 AND 4."].map(
      (line) => `${sets}5. or/1-2\n6. ${line}`,
    ),
  );
  await finds("2", `${sets}5. 1 not 4`);
  await finds("2 3", `${sets}5. (1 or 2) not (1 and 4)`);
  await finds("1 3 4", `${sets}5. 1 and 4 or 2 or 3`, `${sets}5. 2 or 3 or 1 and 4`); // AND before OR
});

test("lines mix sets and terms", async () => {
  const sets = "1. asthma.tw.\n2. child$.tw.\n";
  await finds(
    "1",
    `${sets}3. 1 and randomized controlled trial.pt.`,
    `${sets}3. 1 and (randomized controlled trial.pt. or fever.tw.)`,
    `${sets}3. (1 or fever.tw.) and randomized controlled trial.pt.`,
    `${sets}3. randomized controlled trial.pt. and 1`,
  );
  await finds("3", `${sets}3. (2 and randomized controlled trial.pt.) not 1`);
  await finds(
    "1",
    "#1 asthma[tiab]\n#2 #1 AND randomized controlled trial[pt]",
    "1. asthma[tiab]\n2. randomized controlled trial[pt] AND #1",
    "#1 asthma[tiab]\n#2 (#1) NOT adults[ti]",
  );
});

test("counts of hits at the ends of lines are none of the search", async () => {
  for (const count of [
    " (1234)",
    " (1,234)",
    " (1 234)",
    "\t1234",
    " 1234",
    " [1234]",
    "\t1,234\tAdvanced",
    " - 1234",
    " 1234 hits",
    " (n = 1234)",
    " (1234 results)",
    "   99",
  ]) {
    await finds(
      "1",
      `1. asthma.tw.${count}\n2. child$.tw.${count}\n3. 1 and 2${count}`,
      `1. exp Humans/${count}\n2. child$.tw.${count}\n3. and/1-2${count}`,
      `asthma.tw.${count}\nchild$.tw.${count}\n1 and 2${count}`,
    );
  }
});

test("wrapped lines go on; what stands above and below the lines is told", async () => {
  await finds(
    "1",
    "1. (asthma or\nwheezes).tw.\n2. child$.tw.\n3. 1\nand 2",
    "1. (asthma\n   or wheezes).tw.\n2. child$\n.tw.\n3. 1 and\n2",
  );
  const framed = await search(
    "Database: Ovid MEDLINE(R) <1946 to March Week 1 2015>\nSearch Strategy:\n--------\n1 asthma.tw. " +
      "(12)\n2 child$.tw. (9)\n3 1 and 2 (3)\n\n***************************",
  );
  assert.is(framed.found, "1");
  assert.match(framed.told, "a line without a number was left out: Database: Ovid MEDLINE(R)");
});

test("PubMed's own history: newest first, with times, and its download as a table", async () => {
  await finds(
    "1",
    "#3\tSearch #1 AND #2\t12\t08:15:32\n#2\tSearch child*[tiab]\t1,234\t08:14:01\n#1\tSearch " +
      "asthma[tiab]\t99\t08:13:00",
    "#3 Search (#1) AND #2\n#2 Search child*[tiab]\n#1 Search asthma[tiab]",
  );
  const table =
    'Search number,Query,Sort By,Filters,Search Details,Results,Time\n3,"#1 AND ' +
    '#2",,,"(""asthma""[Title/Abstract])",1,10:20:30\n2,"child*[tiab] OR ""wheezing ' +
    'children""[ti]",,,x,3,10:20:10\n1,asthma[tiab],,,"""asthma""[Title/Abstract]","2",10:20:00\n';
  await finds("1", table, table.replace(/\n/g, "\r\n"), `\ufeff${table}`);
  await finds(
    "1",
    "Search,Add to builder,Query,Items found,Time\n#2,Add,Search #1 AND child*[ti],1,10:00:01\n#1,Add,Search " +
      "asthma[tiab],2,10:00:00",
  );
  await finds("1", "Search number,Query,Filters,Results\n1,asthma[tiab],from 2009 - 2012,1");
  await finds("1", "#1\tSearch asthma[tiab]\n#2\tSearch #1 Limits: Publication Date from 2005/01/01 to 2012/12/31");
});

test("commands of Ovid: limits, duplicates, single hits", async () => {
  const sets = "1. asthma.tw.\n";
  await finds(
    "1 2",
    `${sets}2. remove duplicates from 1`,
    `${sets}2. remove duplicates from 1 (2)`,
    `${sets}2. from 1 keep 1-2`,
    `${sets}2. limit 1 to english language`,
  );
  await finds(
    "1",
    ...[
      "humans",
      "human",
      'yr="2005 -Current"',
      "yr=2005-2012",
      "yr=2010",
      "randomized controlled trial",
      "(humans and english language)",
      '"all child (0 to 18 years)"',
      "ed=20050101-20121231",
      '(yr="2005 -Current" and humans)',
      "(humans or randomised controlled trial)",
    ].map((limit) => `${sets}2. limit 1 to ${limit}`),
  );
  await finds("2", `${sets}2. limit 1 to yr="1990 - 2004"`, `${sets}2. limit 1 to yr="-2004"`);
  assert.match(
    (await search(`${sets}2. limit 1 to (english language and full text)`)).told,
    "line 2: limit left out: english language; line 2: limit left out: full text",
  );
  assert.match((await search(`${sets}2. from 1 keep 5,8`)).told, "line 2 keeps single hits of line 1 (5,8)");
});

test("a number of a line is never a word; absent and unreadable lines are told with their numbers", async () => {
  const absent = await search("1. asthma.tw.\n2. child$.tw.\n5. 1 and 2 and 9");
  assert.equal(
    [absent.found, absent.told.includes("line 5 names line 9, which does not stand before it")],
    ["1", true],
  );
  const foreign = await search("1. asthma.tw.\n2. 'child'/exp OR child*:ti,ab\n3. 1 and 2");
  assert.equal(
    [
      foreign.found,
      /line 2 could not be read: it is in the syntax of Embase .*line 3 names line 2, which could not be read/.test(
        foreign.told,
      ),
    ],
    ["1 2", true],
  );
  assert.match((await search("1. asthma.tw.\n2. ---\n3. or/1-2")).told, "line 3 names line 2");
  assert.is((await search("1. asthma.tw.\n2. 7.tw.\n3. (1975 or 1976).ti.\n4. 1 and 3")).found, ""); // these are words
});

test("what finds nothing finds nothing: an empty side of AND, an empty line, an absent phrase", async () => {
  await finds(
    "",
    "asthma.tw. and zzz.tw.",
    "1. asthma.tw.\n2. zzz.tw.\n3. 1 and 2",
    "#1 asthma[tiab]\n#2 zzz[tiab]\n#3 #1 AND #2",
    "children asthma.tw.",
    "1. asthma.tw.\n2. exp Zebras/\n3. and/1-2",
  );
  await finds(
    "1 2",
    "asthma.tw. or zzz.tw.",
    "asthma.tw. not zzz.tw.",
    "1. asthma.tw.\n2. zzz.tw.\n3. 1 or 2",
    "1. asthma.tw.\n2. english.lg.\n3. 1 and 2",
  ); // a field that the records lack limits nothing
});

test("the syntax of other services is named", async () => {
  const named: readonly (readonly [query: string, service: string])[] = [
    ["'asthma'/exp AND [embase]/lim", "Embase"],
    ["asthma:ab,ti", "Embase"],
    ["asthma NEAR/3 child*", "Embase"],
    ["MeSH descriptor: [Asthma] explode all trees", "Cochrane Library"],
    ["(asthma or wheeze):ti,ab,kw", "Cochrane Library"],
    ['[mh "asthma"]', "Cochrane Library"],
    ["TITLE-ABS-KEY(asthma AND child*)", "Scopus"],
    ["TITLE-ABS-KEY(asthma W/3 child*) AND PUBYEAR > 2009", "Scopus"],
    ['(MH "Asthma+") OR TI asthma OR AB asthma', "EBSCO"],
    ["TS=(asthma AND child*)", "Web of Science"],
    ['MESH.EXACT.EXPLODE("Asthma")', "ProQuest"],
    ["asthma in ti,ab", "SilverPlatter"],
  ];
  for (const [query, service] of named) {
    assert.match((await search(query)).told, service, query);
    assert.match(
      (await search(`1. fever.tw.\n2. ${query}\n3. 1 or 2`)).told,
      `line 2 could not be read: it is in the syntax of ${service}`,
      query,
    );
  }
  for (const query of [
    "asthma AND child*",
    "heart attack[tiab] NEAR",
    "asthma in children",
    "stage N2 disease",
    "TI asthma",
    "5:1 ratio",
    "vitamin d: a review",
    "drug/exposure",
    "asthma (TS)",
    "and/or",
  ])
    assert.not.match((await search(query)).told, "syntax of", query);
});

test("24,000 characters and more are read", async () => {
  const words = Array.from({ length: 3000 }, (_, i) => `word${i}`).join(" or ");
  const long = `1. (${words} or asthma).tw.\n2. child$.tw.\n3. 1 and 2`;
  assert.ok(long.length > 30_000);
  await finds(
    "1",
    long,
    `(${Array.from({ length: 3000 }, (_, i) => `word${i}[tiab]`).join(" OR ")} OR asthma[tiab]) AND child*[tiab]`,
  );
});

test("a long text is read in linear time, whatever it repeats", () => {
  const seconds = (text: string): number => {
    const started = performance.now();
    readQuery(text, "detect");
    return (performance.now() - started) / 1000;
  };
  const heads = ["", "1. a.tw.\n2. ", "a.tw.\n1 or 1\nlimit 1 to "];
  const repeated = [
    "1 or ",
    "(",
    "[",
    '"',
    "1-",
    "1,",
    "1 ",
    "#1 ",
    "a adj3 ",
    "(a) /",
    "TI a ",
    "a or\n",
    "limit 1 to (",
    "a.tw. ",
    "1\n",
  ];
  for (const head of heads)
    for (const seed of repeated) {
      const took = seconds(head + seed.repeat(60_000 / seed.length));
      assert.ok(took < 5, `${JSON.stringify(head + seed)}: ${took} s`); // by the square it took ten and more
    }
});

test.run();
