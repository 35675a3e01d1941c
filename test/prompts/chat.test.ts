import { test } from "uvu";
import * as assert from "uvu/assert";
import { chatFormats, type ChatMessage, messagesOf } from "../../lib/prompts/chat";

const messages: readonly ChatMessage[] = [
  { role: "system", content: "You write queries.\n\nBriefly." },
  { role: "user", content: "Does <b>it</b> work?" },
];

for (const format of ["chatml", "llama"] as const)
  test(`${format}: the messages of a prompt are those that it was written from, without the opened turn`, () => {
    assert.equal(messagesOf(`${chatFormats[format](messages)}<think>`), messages);
  });

test("a prompt without turns is one message of the user", () => {
  assert.equal(messagesOf("Find papers.\n<think>"), [{ role: "user", content: "Find papers." }]);
});

test.run();
