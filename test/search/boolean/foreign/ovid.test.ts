import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseOvid } from "../../../../lib/search/boolean/foreign/ovid";
import { looksLikeOvid } from "../../../../lib/search/boolean/foreign/ovid-tokens";
import { tagOf } from "../../../../lib/search/boolean/foreign/ovid-fields";
import type { Link, Query } from "../../../../lib/search/boolean/syntax/query";

/** A query in one line: `("a b"[tiab] AND Asthma[mh])`. */
const shown = (query: Query | undefined): string =>
  query === undefined
    ? ""
    : query.kind === "range"
      ? `${query.from}:${query.to}[${query.tag}]`
      : query.kind === "set"
        ? `#${query.number}`
        : query.kind === "near"
          ? `<${shown(query.left)} ${query.ordered ? "adj" : `~${query.within}`} ${shown(query.right)}>`
          : query.kind === "term"
            ? `${query.text}[${query.tag ?? ""}]`
            : `(${query.links.map(shownLink).join(" ")})`;
const shownLink = ({ operator, query }: Link, i: number): string =>
  `${i > 0 || operator === "NOT" ? `${operator} ` : ""}${shown(query)}`;
const read = (line: string) => shown(parseOvid(line).query);

test("a suffix holds for everything in its parentheses that has none of its own", () => {
  assert.is(read("(asthma or wheez*).ti,ab."), "(asthma[tiab] OR wheez*[tiab])");
  assert.is(read("(asthma.ti. or wheeze).ab."), "(asthma[ti] OR wheeze[ab])");
  assert.is(read("lung cancer.tw."), "lung cancer[tiab]");
  assert.is(read("(extrapulmonary or EPTB).ti. ab ."), "(extrapulmonary[tiab] OR EPTB[tiab])");
  assert.is(read("asthma"), "asthma[all]");
  assert.is(read("randomized controlled trial.pt or dt.fs."), "(randomized controlled trial[pt] OR drug therapy[sh])");
  assert.equal([tagOf("ti,ab,kf"), tagOf("ti,ab,hw"), tagOf("kw"), tagOf("ti")], ["tiab", "tiab,hw", "ot", "ti"]);
});

test("a slash makes a heading, with its subheadings; * a major topic; remarks are dropped", () => {
  assert.is(read("exp Pancreatitis, Chronic/di [Diagnosis]"), "Pancreatitis, Chronic/diagnosis[mh]");
  assert.is(read("Pancreas/ab, pa"), "(Pancreas/abnormalities[mh] OR Pancreas/pathology[mh])");
  assert.is(read("*Asthma/ or exp *Dementia/"), "(Asthma[majr] OR Dementia[majr])");
  assert.is(read('"Tuberculosis, Spinal"/ or CONTRACEPTION/ EXP'), "(Tuberculosis, Spinal[mh] OR CONTRACEPTION[mh])");
  assert.is(read("HIV/AIDS.tw."), "HIV/AIDS[tiab]"); // a slash inside a word is none
});

test("adj binds before AND and NOT, and these before OR", () => {
  assert.is(read("(neck adj3 length).tw."), "<neck[tiab] ~2 length[tiab]>");
  assert.is(read("(singl$ adj blind$).mp."), "<singl*[all] adj blind*[all]>");
  assert.is(read("((knee or hip) adj2 pain).ab."), "<(knee[ab] OR hip[ab]) ~1 pain[ab]>");
  assert.is(read("a.tw. adj3 b.ti."), "<a[tiab] ~2 b[ti]>"); // each side keeps its field
  assert.is(read("a adj1 b adj c"), "<<a[all] ~0 b[all]> adj c[all]>");
  assert.is(read("a or b and c not d"), "(a[all] OR (b[all] AND c[all] NOT d[all]))");
});

test("wild cards are kept: the word's end, a number of letters, one letter", () => {
  assert.is(
    read("child$ or diagnos:.tw. or attention$2 or rat*"),
    "(child*[all] OR diagnos*[tiab] OR attention$2[all] OR rat*[all])",
  );
  assert.is(read("wom#n.tw. and behavio?r*.tw."), "(wom#n[tiab] AND behavio?r*[tiab])");
});

test("an operator that is missing inside parentheses is AND, and told", () => {
  assert.is(read("(a.ti. (b or c)).ab. or d"), "((a[ti] AND (b[ab] OR c[ab])) OR d[all])");
  assert.match(parseOvid("(a.ti. (b or c)).ab.").warnings[0]!, "an operator is missing");
});

test("broken lines are repaired and never throw", () => {
  for (const line of [
    "",
    "(",
    "))",
    "adj3",
    "or or",
    ".ti.",
    "/",
    "exp /",
    "not asthma",
    "(a or (b).ti",
    "a adj adj b",
    "*/",
    "(".repeat(500),
    "a.ti.".repeat(3000),
    "\u0000 adj3 \ud800",
    "ربو.tw.",
  ])
    parseOvid(line);
  assert.is(read("(a or b).ti. or c)"), "((a[ti] OR b[ti]) OR c[all])");
  assert.match(parseOvid("a) b").warnings[0]!, "unbalanced parenthesis");
  assert.match(parseOvid("(a or b").warnings[0]!, 'a missing ")" was added');
});

test("PubMed's own queries are not taken for Ovid's", () => {
  for (const query of [
    "asthma AND children",
    '"heart attack"[tiab] AND (aspirin OR drug*)',
    "HIV/AIDS",
    "and/or",
    "heart diseases/diagnosis[mh]",
    "vitamin d. and calcium",
    "2010/05/01[dp]",
    "smith j. et al.",
    "ph 7.4",
  ])
    assert.not.ok(looksLikeOvid(query), query);
  for (const line of [
    "exp Asthma/",
    "asthma.tw.",
    "(a or b).ti,ab",
    "neck adj3 pain",
    "child$ and play",
    "Asthma/di or Cough/",
  ])
    assert.ok(looksLikeOvid(line), line);
});

test.run();
