import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { inventedEncyclopedia } from "../../../lib/data/encyclopedia/encyclopedia";
import { expertSearch, writeSearch } from "../../../lib/data/encyclopedia/writer";

const { passages, questions } = inventedEncyclopedia();

test("the encyclopedia is the same every time, and another under another seed", () => {
  assert.equal(inventedEncyclopedia().questions[0], questions[0]);
  assert.equal(inventedEncyclopedia().passages[0], passages[0]);
  assert.not.equal(inventedEncyclopedia(8).passages[0], passages[0]);
});

test("an answer stands in one passage, and the question's other word in no question", () => {
  for (const { answer, word, text } of questions.slice(0, 60)) {
    assert.is(passages.filter((passage) => passage.text.includes(answer)).length, 1, answer);
    assert.not.ok(text.includes(word), text);
  }
  assert.is(passages.length, 120 * 9); // 120 concepts, each with three facts and six asides
});

test("no fact is asked for in two splits", () => {
  const splits = new Map<string, Set<string>>();
  for (const { answer, split } of questions) splits.set(answer, (splits.get(answer) ?? new Set()).add(split));
  assert.ok([...splits.values()].every(({ size }) => size === 1));
  assert.is(splits.size, 360);
});

test("the thought has every name, and the query begins with a blank", () => {
  const question = questions[0]!;
  for (let seed = 0; seed < 20; seed++) {
    const { think, query } = writeSearch(question, random(seed));
    for (const name of [question.typed, ...question.others]) assert.ok(think.includes(name));
    assert.match(query, /^ \S/);
  }
  assert.is(expertSearch(question), [question.typed, ...question.others, question.word].join(" "));
});

test.run();
