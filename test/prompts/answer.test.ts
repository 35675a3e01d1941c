import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { assistantTurn, formatAnswer, openedBy, parseAnswer } from "../../lib/prompts/answer";

const turn = (body: string): string => `<think>t</think>\n<answer>${body}</answer>`;
const fault = (text: string, options = {}): string => {
  const answer = parseAnswer(text, options);
  return answer.kind === "malformed" ? answer.fault : `query ${answer.query}`;
};

test("a turn is read whatever stands outside its tags", () => {
  assert.equal(parseAnswer('Well. <think>a</think> so <answer>\n{\n "query": "x AND y"\n} \n</answer><|im_end|>'), {
    kind: "query",
    query: "x AND y",
  });
});

test("extra keys are allowed and the last of two equal keys wins", () => {
  assert.is(fault(turn('{"why": 1, "query": "a", "query": "b"}')), "query b");
});

test("each tag must be there exactly once", () => {
  const good = turn('{"query":"a"}');
  for (const tag of ["<think>", "</think>", "<answer>", "</answer>"]) {
    assert.is(fault(good.replace(tag, "")), "structure", `without ${tag}`);
    assert.is(fault(`${good} ${tag}`), "structure", `with a second ${tag}`);
  }
  assert.is(fault(good.replace("<answer>", "<ANSWER>")), "structure");
});

test("the tags must come in order", () => {
  assert.is(fault('</think>t<think><answer>{"query":"a"}</answer>'), "structure");
  assert.is(fault('<answer>{"query":"a"}</answer><think>t</think>'), "structure");
});

test("what is wrong is said with its tag and count", () => {
  const answer = parseAnswer('<think>t</think><answer>{"query":"a"}</answer><answer></answer>');
  assert.equal(answer, {
    kind: "malformed",
    fault: "structure",
    why: "expected <think>…</think>…<answer>…</answer>, each once: found <answer> 2 times",
  });
});

test("without reasoning only the answer pair is looked at", () => {
  assert.is(fault('<answer>{"query":"a"}</answer><think>', { reasoning: false }), "query a");
  assert.is(fault('<answer>{"query":"a"}</answer>'), "structure");
  assert.is(fault('</answer>{"query":"a"}<answer>', { reasoning: false }), "structure");
});

test("JSON is strict: quotes, fences, commas, escapes, raw newlines and tabs", () => {
  const bad = [
    "{'query':'a'}",
    '```json\n{"query":"a"}\n```',
    '{"query":"a",}',
    '{"query":"a\\(b"}',
    '{"query":"a\nb"}',
    '{"query":"a\tb"}',
    '{"query":"a"} x',
    "query",
  ];
  for (const body of bad) assert.is(fault(turn(body)), "json", body);
});

test("JSON without the key is malformed", () => {
  for (const body of ["3", "null", "true", '"quer"', '["a query"]', '{"q":"a"}', '{"toString":"a"}', "[]", "{}"])
    assert.is(fault(turn(body)), "json", body);
});

test("JSON with the key and no text under it is told apart: the reference does not treat it alike everywhere", () => {
  for (const body of ['"my query"', '["query"]', '{"query":3}', '{"query":null}', '{"query":["a"]}', '{"query":{}}'])
    assert.is(fault(turn(body)), "query", body);
});

test("the key may be sql, for reading and for writing", () => {
  assert.equal(parseAnswer(turn('{"sql":"SELECT 1"}'), { key: "sql" }), { kind: "query", query: "SELECT 1" });
  assert.is(fault(turn('{"query":"SELECT 1"}'), { key: "sql" }), "json");
  assert.equal(parseAnswer(formatAnswer("SELECT a < 1", "…", "sql"), { key: "sql" }), {
    kind: "query",
    query: "SELECT a < 1",
  });
});

test("an empty answer and a blank query are empty, unless blank strings are asked for", () => {
  assert.is(fault(turn("")), "empty");
  assert.is(fault(turn("  \n ")), "empty");
  assert.is(fault(turn('{"query":" "}')), "empty");
  assert.is(fault(turn('{"query":" "}'), { query: "string" }), "query  ");
  assert.is(fault(turn(""), { query: "string" }), "empty");
});

test("any JSON value can count as a query, as text", () => {
  assert.is(fault(turn('{"query":3}'), { query: "any" }), "query 3");
  assert.is(fault(turn('{"query":NaN}'), { query: "any" }), "query null");
  assert.is(fault(turn('["query"]'), { query: "any" }), "query");
});

test("NaN and Infinity are JSON as Python has it, and only outside strings", () => {
  assert.is(fault(turn('{"query":"NaN","p":NaN,"q":-Infinity}')), "query NaN");
  for (const body of [
    '{"query":"a","p":-NaN}',
    '{"query":"a","p":1NaN}',
    '{"query":"a","p":NaNNaN}',
    '{NaN:1,"query":"a"}',
  ]) {
    assert.is(fault(turn(body)), "json", body);
  }
});

test("space around the JSON is what Python strips: U+0085 and U+001C are, U+FEFF is not", () => {
  assert.is(fault(turn('\u0085\u001c{"query":"a"}\u00a0\u3000')), "query a");
  assert.is(fault(turn('\ufeff{"query":"a"}')), "json");
  assert.is(fault(turn('{"query":"\u0085"}')), "empty");
});

test("formatAnswer and parseAnswer are inverse for any query, tags and quotes included", () => {
  const pieces = ["<answer>", "</answer>", "<think>", "\\", '"', "\n", "{", "}", "é", "\ud800", "𝛼", "a AND b", "NaN"];
  const rng = random("inverse");
  for (let i = 0; i < 2000; i++) {
    const query = `x${Array.from({ length: 6 }, () => rng.pick(pieces)).join("")}`;
    assert.equal(parseAnswer(formatAnswer(query)), { kind: "query", query });
  }
});

test("a thought that would end itself is refused", () => {
  assert.throws(() => formatAnswer("a", "x</think>y"), /contains <\/think>/);
});

test("what a prompt opened is its last tag, wherever else tags stand", () => {
  assert.is(openedBy("User: <think> </think> <answer></answer>\nAssistant: step by step. \n<think>\n"), "<think>\n");
  assert.is(openedBy("Assistant:\n<answer>\n"), "<answer>\n");
  assert.is(openedBy("Here's the generated query:\n"), "");
});

test("the turn starts after the first Assistant:, else after the ChatML mark", () => {
  assert.is(assistantTurn("u\n<|im_start|>assistant\n\nAssistant: a Assistant: b \n"), "a Assistant: b");
  assert.is(assistantTurn("u\n<|im_start|>assistant\n x<|im_end|>"), "x<|im_end|>");
  assert.is(assistantTurn(" neither "), "neither");
});

test("no string makes it throw", () => {
  const pieces = [
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    '{"query":',
    '"a"',
    "}",
    "[",
    "\\",
    '"',
    "NaN",
    " ",
    "\ud800",
    "null",
  ];
  const rng = random("fuzz");
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: rng.below(12) }, () => rng.pick(pieces)).join("");
    assert.ok(["query", "malformed"].includes(parseAnswer(rng.next() < 0.5 ? text : turn(text)).kind));
  }
});

test("deep nesting and long answers are read in linear time", () => {
  assert.is(fault(turn("[".repeat(100_000))), "json");
  assert.is(fault(turn(" ".repeat(200_000))), "empty");
  assert.is(fault("<answer>".repeat(20_000)), "structure");
});

test(
  "a string that is never closed takes no time, nesting without end is malformed, and integers keep their " + "digits",
  () => {
    assert.is(fault(turn(`{"query": "${'\\"'.repeat(500_000)}`)), "json"); // took 9 s for 60,000 characters
    assert.is(fault(turn(`{"query": ${"[".repeat(500_000)}${"]".repeat(500_000)}}`), { query: "any" }), "json");
    assert.is(
      fault(turn('{"query": [12345678901234567890, NaN]}'), { query: "any" }),
      "query [12345678901234567890,null]",
    );
  },
);

test.run();
