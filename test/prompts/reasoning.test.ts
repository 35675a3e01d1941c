import { test } from "uvu";
import * as assert from "uvu/assert";
import { reasoningOf } from "../../lib/prompts/reasoning";

const cases: readonly (readonly [turn: string, reasoning: string])[] = [
  ['<think>\n aspirin is a drug </think>\n<answer>{"query": "x"}</answer>', "aspirin is a drug"],
  ['hm</think><answer>{"query": "x"}</answer>', "hm"], // the prompt had opened it
  ["<think>cut before it en", "cut before it en"],
  ['<think>never closed <answer>{"query": "x"}</answer>', "never closed"],
  ["Write <think> first. <think>so</think><answer>", "so"], // the tag was named before
  ["<think>first</think> <think>second</think>", "first"],
  ['<answer>{"query": "x"}</answer>', ""],
  ["I would search for aspirin.", ""],
  ["", ""],
];

for (const [turn, reasoning] of cases)
  test(`the reasoning in ${JSON.stringify(turn)}`, () => assert.is(reasoningOf(turn), reasoning));

test.run();
