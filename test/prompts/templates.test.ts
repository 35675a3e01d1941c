import { test } from "uvu";
import * as assert from "uvu/assert";
import { openedBy, parseAnswer } from "../../lib/prompts/answer";
import { completionOf, prefill, publicationPrompt, questionText } from "../../lib/prompts/templates";

const pico = { P: "adults with stroke", I: "aspirin", C: "placebo", O: "death" };

test("a question in parts is written a line each, one without parts as it was typed", () => {
  assert.is(questionText({ pico, query: "aspirin?" }), "P: adults with stroke\nI: aspirin\nC: placebo\nO: death");
  assert.is(questionText({ query: "aspirin?" }), "aspirin?");
});

test("the brief prompt is ChatML around the question and ends in the opened thought", () => {
  assert.is(
    publicationPrompt({ query: "aspirin?" }),
    "<|im_start|>user\nRewrite for PubMed.\naspirin?<|im_end|>\n<|im_start|>assistant\n<think>",
  );
});

test("the full prompt tells what the brief one takes for granted", () => {
  const prompt = publicationPrompt({ query: "aspirin?", pico }, { wording: "full" });
  assert.match(prompt, /Boolean query for PubMed/);
  assert.match(prompt, /<answer>\{"query": /);
  assert.ok(
    prompt.endsWith(
      `P: adults with stroke\nI: aspirin\nC: placebo\nO: death<|im_end|>\n<|im_start|>assistant\n${prefill}`,
    ),
  );
});

test("what the prompt opened and what the model writes make one turn that can be read", () => {
  for (const wording of ["brief", "full"] as const) {
    const prompt = publicationPrompt({ query: "aspirin?" }, { wording });
    const completion = completionOf("aspirin AND stroke", "two parts");
    assert.equal(parseAnswer(openedBy(prompt) + completion), { kind: "query", query: "aspirin AND stroke" });
  }
});

test("the example in the full prompt is itself a well-formed turn", () => {
  const prompt = publicationPrompt({ query: "q" }, { wording: "full" });
  const example = prompt.slice(prompt.indexOf("<think>\n"), prompt.lastIndexOf("</answer>") + "</answer>".length);
  assert.is(parseAnswer(example).kind, "query");
});

test.run();
