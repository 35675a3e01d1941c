import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Grammar } from "../../../../lib/core/grammar";
import { automatonOf } from "../../../../lib/models/generation/grammar/automaton";
import { answerGrammar } from "../../../../lib/prompts/answer-grammar";

/** Whether the grammar takes a text: whole, as a beginning, or not. */
function reads(grammar: Grammar, text: string | readonly number[]): "whole" | "begun" | "no" {
  const { next, start, end } = automatonOf(grammar);
  let state = start;
  for (const byte of typeof text === "string" ? Buffer.from(text, "utf8") : text)
    if ((state = next[state * 256 + byte]!) < 0) return "no";
  return state === end ? "whole" : "begun";
}

const answer = answerGrammar({ opened: "<answer>" });
const turn = answerGrammar({ opened: "<think>\n" });
const query = (body: string) => reads(answer, `{"query": "${body}"}</answer>`);

test("a turn is a thought, an answer and its query, with white space between them or without", () => {
  assert.is(reads(turn, 'I think, a < b</think>\n<answer>\n{ "query" : "aspirin" }\n</answer>'), "whole");
  assert.is(reads(turn, '</think><answer>{"query":"a"}</answer>'), "whole");
  assert.is(reads(answerGrammar(), '<think></think><answer>{"query":"a"}</answer>'), "whole");
  assert.is(reads(answerGrammar({ reasoning: false, key: "sql" }), '<answer>{"sql":"SELECT 1"}</answer>'), "whole");
});

test("what begins well has begun, what cannot become a turn is not taken, and nothing follows the end", () => {
  for (const text of ["", "thought", "</think", '</think>\n<answer>{"quer', '</think><answer>{"query":"a'])
    assert.is(reads(turn, text), "begun", text);
  for (const text of [
    "a<think>",
    "a</answer>",
    "<answer>",
    "</think>x",
    '</think><answer>{"sql"',
    '</think><answer>{"query":"a"}</answer> ',
  ])
    assert.is(reads(turn, text), "no", text);
});

test("a tag inside a thought or a query is not taken, what only looks like one is", () => {
  assert.is(reads(turn, 'a <thin <<think </thin</think><answer>{"query":"<answe"}</answer>'), "whole");
  for (const tag of ["<think>", "</think>", "<answer>", "</answer>"]) assert.is(query(`a${tag}`), "no", tag);
  assert.is(query("a<think<answer <"), "whole");
});

test("a query is the inside of a JSON string that is not blank", () => {
  for (const body of ["a", " a ", '\\"quoted\\"', "\\\\", "a\\u00e9\\n", "é", "日本", "\\/", "a\\ud7ff"])
    assert.is(query(body), "whole", body);
  for (const body of ["", " ", "\\n", "\\u0020", "\u00a0", "\u3000", "\u2003 "])
    assert.is(query(body), "no", JSON.stringify(body));
  for (const body of ["a\n", "a\t", "a\\x", "a\\u12g4", "a\\ud800"]) assert.is(query(body), "no", JSON.stringify(body));
});

test("text is UTF-8: no character is left half, and none is written in too many bytes", () => {
  const inside = (...bytes: number[]) =>
    reads(turn, [...bytes, ...Buffer.from('</think><answer>{"query":"a"}</answer>')]);
  assert.is(inside(0xc3, 0xa9), "whole");
  assert.is(inside(0xf0, 0x9d, 0x84, 0x9e), "whole");
  for (const bytes of [
    [0xc3],
    [0x80],
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xff],
  ])
    assert.is(inside(...bytes), "no", `${bytes}`);
});

test("a fixed text that is not ASCII is refused", () =>
  assert.throws(() => automatonOf([{ kind: "literal", text: "é" }]), /"é" cannot be looked for/));

test.run();
