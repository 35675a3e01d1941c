import { test } from "uvu";
import * as assert from "uvu/assert";
import { continuation, conversationOf } from "../../../lib/models/remote/conversation";
import { chatFormats } from "../../../lib/prompts/chat";

const messages = [
  { role: "system", content: "Be brief.\n" },
  { role: "user", content: " A <think> question?\n\nYes. " },
] as const;

test("a prompt is split back into the messages it was written from, in ChatML and Llama 3's format", () => {
  for (const format of [chatFormats.chatml, chatFormats.llama]) {
    assert.equal(conversationOf(`${format(messages)}<think>`), { messages, opened: "<think>" });
    assert.equal(conversationOf(format(messages)), { messages, opened: "" });
  }
  const several = [...messages, { role: "assistant", content: "No." }, { role: "user", content: "Why?" }] as const;
  assert.equal(conversationOf(`${chatFormats.chatml(several)}Let me think.\n<think>`), {
    messages: several,
    opened: "Let me think.\n<think>",
  });
});

test("a prompt without marks is the user's, but for the tag it opens", () => {
  assert.equal(conversationOf("Rewrite: asthma\n<think>\n"), {
    messages: [{ role: "user", content: "Rewrite: asthma" }],
    opened: "<think>\n",
  });
  assert.equal(conversationOf("Rewrite: asthma"), {
    messages: [{ role: "user", content: "Rewrite: asthma" }],
    opened: "",
  });
});

test("marks that make no turns are the caller's mistake", () => {
  assert.throws(
    () => conversationOf("Hello <|im_start|>user\nx<|im_end|>\n"),
    (error: Error) => error.name === "TypeError" && /text outside its turns/.test(error.message),
  );
});

test("a reply that begins with what the prompt has opened loses it, and nothing else", () => {
  assert.equal(continuation("<think>", "<think>hm</think>x"), { text: "hm</think>x", cut: 7 });
  assert.equal(continuation("<think>\n", "\n <think>hm"), { text: "hm", cut: 9 });
  assert.equal(continuation("Let me think.\n<think>", "Let me think.\n<think>hm"), { text: "hm", cut: 21 });
  assert.equal(continuation("Let me think.\n<think>", "<think>hm"), { text: "hm", cut: 7 });
  // bad output stays what it is
  assert.equal(continuation("<think>", "Sure! <think>hm"), { text: "Sure! <think>hm", cut: 0 });
  assert.equal(continuation("", "<think>hm"), { text: "<think>hm", cut: 0 });
});

test("thoughts that come apart go back where the model thought them", () => {
  assert.equal(continuation("<think>", "<answer>x</answer>", "hm"), {
    text: "hm</think>\n<answer>x</answer>",
    cut: undefined,
  });
  assert.equal(continuation("", "<answer>x</answer>", "hm"), {
    text: "<think>hm</think>\n<answer>x</answer>",
    cut: undefined,
  });
  assert.equal(continuation("<think>", "", "hm"), { text: "hm", cut: undefined }); // cut off while thinking
  assert.equal(continuation("<think>", "<think>own</think>x", "hm"), { text: "own</think>x", cut: 7 });
  assert.equal(continuation("<answer>", "x</answer>", "hm"), { text: "x</answer>", cut: 0 });
});

test.run();
