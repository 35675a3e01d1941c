import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { syntheticLiterature } from "../../../lib/data/literature/literature";
import { askAgain } from "../../../lib/data/literature/questions";
import { wording } from "../../../lib/data/literature/phrasing";
import { thesaurusEntry } from "../../../lib/data/literature/thesaurus-entry";
import { strategyWeights, writeTrace } from "../../../lib/data/literature/writer";

const literature = syntheticLiterature({ records: 1000, reviews: 50 });
const heart = {
  id: "heart",
  role: "P",
  heading: "Myocardial Infarction",
  terms: ["heart attack", "myocardial infarction", "MI", "coronary thrombosis"],
  entry: [],
} as const;
const aspirin = {
  id: "aspirin",
  role: "I",
  heading: "Aspirin",
  terms: ["aspirin", "ASA"],
  entry: [],
  route: "oral",
} as const;
const placebo = {
  id: "placebo",
  role: "C",
  heading: "Placebos",
  terms: ["placebo", "dummy pills"],
  entry: [],
} as const;
const death = {
  id: "death",
  role: "O",
  heading: "Mortality",
  terms: ["mortality", "death rate"],
  entry: [],
  goal: "reduce",
} as const;
const concepts = { P: heart, I: aspirin, C: placebo, O: death };
const typedTerms = { P: "MI", I: "aspirin", C: "placebo", O: "mortality" };
const vocabulary = { about: "", concepts: Object.values(concepts) };
const review = {
  ...literature.reviews[0]!,
  concepts: { P: "heart", I: "aspirin", C: "placebo", O: "death" },
  ...wording(concepts, typedTerms, random(1)),
};
const traces = Array.from({ length: 2000 }, (_, n) => writeTrace(review, { vocabulary }, random("trace").fork(n)));
const written = (strategy: string) =>
  new Set(traces.filter((trace) => trace.strategy === strategy).map(({ query }) => query));

test("each strategy writes its own query", () => {
  assert.equal([...written("AND of everything")], ["( MI ) AND ( aspirin ) AND ( placebo ) AND ( mortality )"]);
  assert.equal([...written("P OR I")], ["( MI ) OR ( aspirin )"]);
  assert.equal([...written("MeSH headings")], ['"Myocardial Infarction"[mh] AND "Aspirin"[mh]']);
});

test("names follow the typed one in a fixed cyclic order, each once", () => {
  assert.equal([...written("names of P, names of I")].sort(), [
    "( MI OR coronary thrombosis ) AND ( aspirin OR ASA )",
    "( MI OR coronary thrombosis OR heart attack ) AND ( aspirin OR ASA )",
    "( MI OR coronary thrombosis OR heart attack OR myocardial infarction ) AND ( aspirin OR ASA )",
  ]);
});

test("the thinking names what the query uses, and often more", () => {
  assert.ok(
    traces.every(({ think }) =>
      /^P: MI(, coronary thrombosis(, heart attack(, myocardial infarction)?)?)?\nI: aspirin(, ASA)?$/.test(think),
    ),
  );
  for (const { think, query } of traces)
    if (query.includes("heart attack OR")) assert.ok(think.includes("heart attack"), think);
  const recalled =
    traces.filter(({ strategy, think }) => strategy === "P AND I" && think.startsWith("P: MI,")).length /
    traces.filter(({ strategy }) => strategy === "P AND I").length;
  assert.ok(Math.abs(recalled - 0.6) < 0.1, `${recalled}`);
});

test("strategies are used as often as their weights say, and these sum to one", () => {
  assert.ok(Math.abs(Object.values(strategyWeights).reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9);
  for (const [strategy, weight] of Object.entries(strategyWeights)) {
    const used = traces.filter((trace) => trace.strategy === strategy).length / traces.length;
    assert.ok(Math.abs(used - weight) < 0.035, `${strategy}: ${used}`); // three standard errors of .3 in 2,000: .031
  }
});

test("a name stands after a blank wherever it is written, as in the question, so that its tokens are the same", () => {
  for (const { think, query } of traces.filter(({ strategy }) => strategy !== "MeSH headings")) {
    for (const name of [...heart.terms, ...aspirin.terms])
      for (const text of [think, query]) assert.not.match(text, new RegExp(`(^|[^ ])\\b${name}\\b`), text);
  }
});

test("a trace is short and the same for the same stream", () => {
  assert.ok(traces.every(({ think, query }) => `${think} ${query}`.split(" ").length <= 60));
  assert.equal(writeTrace(review, { vocabulary }, random(3)), writeTrace(review, { vocabulary }, random(3)));
});

test("a question reads as a sentence, with the route before the drug", () => {
  const questions = Array.from({ length: 300 }, (_, n) => wording(concepts, typedTerms, random(n)));
  assert.ok(
    questions.some(
      ({ question }) => question === "Does oral aspirin compared with placebo reduce mortality in adults with MI?",
    ),
  );
  assert.ok(questions.every(({ question }) => /^[A-Z][^{}]*\?$/.test(question) && !question.includes("  ")));
  assert.equal(questions[0]!.typedTerms, typedTerms);
});

test("asking again keeps the review and changes the words, never to reserved or held-out ones", () => {
  for (const [n, original] of literature.reviews.entries()) {
    const again = askAgain(original, literature, random(n));
    assert.equal(
      [again.id, again.included, again.maxDate, again.concepts],
      [original.id, original.included, original.maxDate, original.concepts],
    );
    for (const role of ["P", "I"] as const)
      assert.is.not(again.typedTerms[role], literature.reserved[original.concepts[role]]);
    assert.not.ok(again.unseen || /living with|^men with|^outpatients/.test(again.pico.P));
  }
  const words = new Set(
    Array.from({ length: 20 }, (_, n) => askAgain(literature.reviews[0]!, literature, random(n)).question),
  );
  assert.ok(words.size > 10);
});

test("a review of another vocabulary is refused by the concept's name", () => {
  assert.throws(() => writeTrace(review, literature, random(1)), /no concept "heart"/);
});

test("a thesaurus entry asks by one name and lists all names of the concept, in cyclic order after it", () => {
  const about = { concepts: [heart] } as unknown as typeof literature.vocabulary;
  const seen = new Set<string>();
  for (let n = 0; n < 60; n++) {
    const { prompt, response } = thesaurusEntry(about, random("entry").fork(n));
    seen.add(response);
    assert.is(prompt, `<|im_start|>user\nNames of${response.split(",")[0]}<|im_end|>\n<|im_start|>assistant\n`);
  }
  assert.equal([...seen].sort(), [
    " MI, coronary thrombosis, heart attack, myocardial infarction",
    " coronary thrombosis, heart attack, myocardial infarction, MI",
    " heart attack, myocardial infarction, MI, coronary thrombosis",
    " myocardial infarction, MI, coronary thrombosis, heart attack",
  ]);
});

test.run();
