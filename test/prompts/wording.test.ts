import { test } from "uvu";
import * as assert from "uvu/assert";
import { openedBy, parseAnswer } from "../../lib/prompts/answer";
import { chatFormats } from "../../lib/prompts/chat";
import { completionAfter, publicationPrompt } from "../../lib/prompts/templates";
import { type Wording, worded } from "../../lib/prompts/wording";

const problem = { query: "does aspirin help?" };

test("each chat format ends where the assistant's turn begins", () => {
  const messages = [
    { role: "system", content: "S" },
    { role: "user", content: "U" },
  ] as const;
  assert.is(
    chatFormats.chatml(messages),
    "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n",
  );
  assert.is(
    chatFormats.llama(messages),
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>" +
      "<|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|>" +
      "<|start_header_id|>assistant<|end_header_id|>\n\n",
  );
  assert.is(chatFormats.plain(messages), "S\n\nUser: U\n\nAssistant: ");
});

test("a brief prompt is one line of instruction, the schema where there is one, and the question", () => {
  const pico = { P: "adults", I: "aspirin", C: "nothing", O: "pain" };
  assert.is(
    worded({ ...problem, pico }, { wording: "publications", brief: true }),
    publicationPrompt({ ...problem, pico }),
  );
  const sql = { database: "d", gold: "", schema: "CREATE TABLE t (a);" };
  assert.is(
    worded({ query: "how many", sql }, { brief: true, chat: "plain" }),
    "User: Write SQL.\nCREATE TABLE t (a);\nhow many\n\nAssistant: <think>",
  );
});

test("with reasoning the prompt opens <think>, without it <answer>, in every format and wording", () => {
  for (const wording of ["publications", "trials", "passages", "documents", "meanings", "sql"] satisfies Wording[]) {
    for (const chat of ["chatml", "llama", "plain"] as const) {
      for (const reasoning of [true, false]) {
        const prompt = worded(problem, { wording, chat, reasoning });
        assert.is(openedBy(prompt), reasoning ? "<think>" : "<answer>");
        assert.match(prompt, "does aspirin help?");
        assert.is(prompt.includes("</think>"), reasoning);
        const key = wording === "sql" ? "sql" : "query";
        assert.equal(parseAnswer(openedBy(prompt) + completionAfter(prompt, "x", { key }), { reasoning, key }), {
          kind: "query",
          query: "x",
        });
      }
    }
  }
});

test("a template that opens <think> itself does not get a second one", () => {
  const prompt = worded(problem, { chat: (messages) => `${messages.at(-1)!.content}<assistant><think>\n` });
  assert.match(prompt, /<assistant><think>\n$/);
});

test("PICO parts stand on lines of their own; a database brings its schema and background", () => {
  assert.match(worded({ query: "q", pico: { P: "a", I: "b", C: "c", O: "d" } }), "Question: \nP: a\nI: b\nC: c\nO: d");
  const sql = { database: "pets", gold: "SELECT 1", schema: "CREATE TABLE pets (x)", knowledge: "x is age" };
  const prompt = worded({ query: "How old?", sql });
  assert.match(prompt, "Schema:\nCREATE TABLE pets (x)\n\nBackground: x is age\n\nQuestion: How old?");
  assert.not.match(prompt, "SELECT 1");
});

test("a prompt that opens nothing is answered with the answer alone", () =>
  assert.is(completionAfter("Here's the query:\n", "x"), '<answer>{"query":"x"}</answer>'));

test.run();
