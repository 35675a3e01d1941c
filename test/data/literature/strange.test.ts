import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { syntheticLiterature } from "../../../lib/data/literature/literature";
import { askAgain } from "../../../lib/data/literature/questions";
import { strangeName, strangeWrappings, wordsOf } from "../../../lib/data/literature/strange";
import { writeTrace } from "../../../lib/data/literature/writer";

const literature = syntheticLiterature({ records: 1000, reviews: 50 });
const words = wordsOf(literature);
const names = Array.from({ length: 3000 }, (_, n) => strangeName(words, random("name").fork(n)));
const known = new Set(literature.vocabulary.concepts.flatMap(({ terms }) => terms));

test("a strange name is one to three words of letters and digits, the same for the same stream", () => {
  for (const name of names) assert.match(name, /^[A-Za-z0-9]+( [A-Za-z0-9]+){0,2}$/);
  assert.is(strangeName(words, random(7)), strangeName(words, random(7)));
});

test("strange names are many, use every letter, and are seldom a known name", () => {
  assert.ok(new Set(names).size > 2500, `${new Set(names).size}`);
  for (const letter of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert.ok(
      names.some((name) => name.includes(letter)),
      letter,
    );
  const hits = names.filter((name) => known.has(name)).length / names.length;
  // .45 · .35 = .16 are one known word, and about half of those words are a name by themselves
  assert.ok(hits < 0.1, `${hits}`);
});

test("the words come from names that training questions may use", () => {
  const reserved = new Set(Object.values(literature.reserved));
  const allowed = new Set([...known].filter((name) => !reserved.has(name)).flatMap((name) => name.split(" ")));
  assert.equal(
    words.filter((word) => !allowed.has(word)),
    [],
  );
});

test("a strange wrapping holds one place for the name, at its end", () => {
  for (const role of ["P", "I"] as const)
    for (let n = 0; n < 200; n++)
      assert.match(strangeWrappings[role](words, random(n)), role === "P" ? /^[^{}]+ with \{\}$/ : /^[^{}]+ \{\}$/);
});

test(
  "shares are as asked: about half the names of strange questions, and the company of known names only for " + "I",
  () => {
    const asked = Array.from({ length: 2000 }, (_, n) => {
      const rng = random("ask").fork(n);
      return askAgain(rng.pick(literature.reviews), literature, rng, { unknown: 0.5, wrapped: 0.4 });
    });
    const share = (holds: (review: (typeof asked)[number]) => boolean) => asked.filter(holds).length / asked.length;
    const strange = share(({ typedTerms }) => !known.has(typedTerms.P));
    // .5 of the questions, half of their names; three standard errors: .029
    assert.ok(Math.abs(strange - 0.25) < 0.04, `${strange}`);
    const plain = new Set([
      "daily",
      "weekly",
      "intensive",
      "repeated",
      "adjunctive",
      "low",
      "a",
      "treatment",
      "oral",
      "intravenous",
      "inhaled",
      "topical",
      "subcutaneous",
      "intramuscular",
      "intranasal",
      "transdermal",
      "sublingual",
      "rectal",
    ]);
    for (const { pico, typedTerms } of asked.filter(({ typedTerms }) => !known.has(typedTerms.I))) {
      assert.ok(pico.I.endsWith(typedTerms.I) && (pico.I === typedTerms.I || plain.has(pico.I.split(" ")[0]!)), pico.I);
    }
  },
);

test("a name that nobody knows is copied, alone, into thinking and query", () => {
  const review = { ...literature.reviews[0]!, typedTerms: { P: "zor QX", I: "blam", C: "c", O: "o" } };
  for (let n = 0; n < 50; n++) {
    const { think, query, strategy } = writeTrace(review, literature, random(n));
    assert.is(think, "P: zor QX\nI: blam");
    if (strategy !== "MeSH headings") assert.ok(query.includes("zor QX") || query.includes("blam"), query);
  }
});

test.run();
