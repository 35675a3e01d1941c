import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { difficulty } from "../../../lib/data/literature/difficulty";
import { syntheticLiterature } from "../../../lib/data/literature/literature";
import { calendar } from "../../../lib/data/literature/calendar";
import { prose } from "../../../lib/data/literature/prose";
import { spaced } from "../../../lib/data/literature/vocabulary";

const literature = syntheticLiterature();
const { publications, reviews, vocabulary, reserved } = literature;
const byPmid = new Map(publications.map((publication) => [publication.pmid, publication]));
const concepts = new Map(vocabulary.concepts.map((concept) => [concept.id, concept]));
const of = (split: string) => reviews.filter((review) => review.split === split);
const share = (truths: readonly boolean[]) => truths.filter(Boolean).length / truths.length;

test("20,000 records and 600 reviews: 420 to train, 80 to choose, 100 to test", () => {
  assert.is(publications.length, 20_000);
  assert.equal(
    ["train", "validation", "test"].map((split) => of(split).length),
    [420, 80, 100],
  );
});

test("the same seed gives the same literature to the letter, another seed another", () => {
  const small = (seed: number) => JSON.stringify(syntheticLiterature({ seed, records: 1000, reviews: 50 }));
  assert.is(small(1), small(1));
  assert.is.not(small(1), small(2));
});

test("PMIDs are distinct, rise with the date, and lie far above the real ones", () => {
  assert.is(byPmid.size, publications.length);
  publications
    .slice(1)
    .forEach(({ pmid, date }, n) =>
      assert.ok(Number(pmid) > Number(publications[n]!.pmid) && date >= publications[n]!.date),
    );
  assert.ok(Number(publications[0]!.pmid) > 100_000_000);
  assert.ok(publications[0]!.date.startsWith("1990/") && publications.at(-1)!.date.startsWith("2025/"));
});

test("three times as many records appear per year at the end as at the beginning", () => {
  const dates = calendar(40_000, difficulty, random(1));
  const year = (y: string) => dates.filter((date) => date.startsWith(y)).length;
  const ratio = (year("2024") + year("2025")) / (year("1990") + year("1991"));
  assert.ok(ratio > 2.4 && ratio < 3.3, `${ratio}`); // means over two of 36 years: (3 − 1/18) / (1 + 1/18) = 2.79
  assert.ok(dates.every((date) => /^\d{4}\/(0[1-9]|1[0-2])\/([01]\d|2[0-8])$/.test(date)));
});

test("about two in five records have MeSH, the newest least", () => {
  const indexed = (from: string, to: string) =>
    share(publications.filter(({ date }) => date >= from && date < to).map(({ mesh }) => mesh.length > 0));
  assert.ok(indexed("1990", "2000") > indexed("2015", "2026") + 0.05);
  // .50 falling to .32, later years weighing more
  assert.ok(Math.abs(indexed("1990", "2026") - 0.39) < 0.03, `${indexed("1990", "2026")}`);
});

test("the sentences around a topic, the journals and the authors name no concept by accident", () => {
  const empty = { P: [], I: [], C: [], O: [], route: "", goal: "reduce", passing: [] };
  const around = Array.from({ length: 400 }, (_, n) =>
    Object.values(prose(empty, 0.5, random("around").fork(n))).join(" "),
  );
  const text = spaced(
    [...around, ...publications.slice(0, 2000).flatMap(({ journal, authors }) => [journal, ...authors])].join(" ; "),
  );
  for (const term of vocabulary.concepts.flatMap(({ terms }) => terms))
    assert.not.ok(text.includes(spaced(term)), term);
});

test("a review includes 8 to 22 of its pair's records, 12 to 20 on average, none after its date", () => {
  const sizes = reviews.map(({ included }) => included.length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert.ok(mean > 12 && mean < 20, `${mean}`); // 22 records × .875 before the date × .85 included = 16.4
  assert.ok(Math.min(...sizes) >= 5 && Math.max(...sizes) <= 22);
  for (const { included, maxDate } of reviews) assert.ok(included.every((pmid) => byPmid.get(pmid)!.date <= maxDate));
});

test("an included record nearly always names P and I, by any of their names", () => {
  const names = (pmid: string, id: string) => {
    const text = spaced(`${byPmid.get(pmid)!.title}. ${byPmid.get(pmid)!.abstract}`);
    return concepts.get(id)!.terms.some((term) => text.includes(spaced(term)));
  };
  const named = of("train").flatMap(({ included, concepts: { P } }) => included.map((pmid) => names(pmid, P)));
  assert.ok(Math.abs(share(named) - 0.955) < 0.01, `${share(named)}`); // 1 − .045 unnamed
});

test("no pair of validation or test is in train, every condition and intervention is", () => {
  const pair = ({ concepts: { P, I } }: (typeof reviews)[number]) => `${P}/${I}`;
  assert.is(new Set(reviews.map(pair)).size, 600);
  assert.is(new Set(of("train").map(({ concepts: { P } }) => P)).size, 60);
  assert.is(new Set(of("train").map(({ concepts: { I } }) => I)).size, 60);
});

test("train never types a reserved term, validation and test do so for a third of P and I", () => {
  const typesReserved = (review: (typeof reviews)[number]) =>
    (["P", "I"] as const).map((role) => review.typedTerms[role] === reserved[review.concepts[role]]);
  assert.is(share(of("train").flatMap(typesReserved)), 0);
  const later = [...of("validation"), ...of("test")];
  assert.ok(Math.abs(share(later.flatMap(typesReserved)) - 0.34) < 0.08);
  for (const review of later) assert.is(review.unseen, typesReserved(review).includes(true));
  assert.ok(of("train").every(({ unseen }) => !unseen));
});

test("some phrasings occur only after training", () => {
  const living = (split: string) => of(split).filter(({ pico }) => pico.P.startsWith("people living with")).length;
  assert.is(living("train"), 0);
  assert.ok(living("test") > 0);
});

test("impossible sizes and misspelt settings are refused with the value", () => {
  assert.throws(
    () => syntheticLiterature({ reviews: 5000, records: 100_000 }),
    /reviews is 5000; 60 conditions and 60 interventions make 3600 pairs/,
  );
  assert.throws(() => syntheticLiterature({ records: 100 }), /records is 100 for 600 reviews/);
  assert.throws(() => syntheticLiterature({ record: 5 } as object), /unknown setting "record"/);
});

test.run();
