import { test } from "uvu";
import * as assert from "uvu/assert";
import { anthropic } from "../../../lib/models/remote/anthropic";
import { rejection, serving } from "./service";

const prompt =
  "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nasthma<|im_end|>\n<|im_start|>assistant\n<think>";
const message = (
  content: object[],
  stop_reason = "end_turn",
  usage: object = { input_tokens: 10, output_tokens: 4 },
) => ({ json: { type: "message", role: "assistant", content, stop_reason, usage } });

test("the system's message stands apart, key and version go as headers", () =>
  serving(
    () =>
      message([
        { type: "text", text: "<think>hm</think>" },
        { type: "text", text: "<answer>x</answer>" },
      ]),
    async (url, { seen }) => {
      const policy = anthropic("claude", { url, apiKey: "secret-key", promptPrice: 1 });
      assert.equal(await policy.generate([prompt], { temperature: 0, maxTokens: 9 }), [
        { text: "hm</think><answer>x</answer>", tokens: [], logps: [], finished: true },
      ]);
      assert.is(seen[0]!.path, "/v1/messages");
      assert.equal(
        [seen[0]!.headers["x-api-key"], seen[0]!.headers["anthropic-version"], seen[0]!.headers.authorization],
        ["secret-key", "2023-06-01", undefined],
      );
      assert.equal(seen[0]!.body, {
        model: "claude",
        max_tokens: 9,
        system: "Be brief.",
        messages: [{ role: "user", content: "asthma" }],
        temperature: 0,
      });
      assert.equal(policy.usage, { requests: 1, promptTokens: 10, completionTokens: 4, unmetered: 0, cost: 10 / 1e6 });
    },
  ));

test("top-k and stop strings go by the names of the API, what it has not is refused", () =>
  serving(
    () => ({ json: { content: [{ type: "text", text: "x" }], stop_reason: "stop_sequence", usage: {} } }),
    async (url, { seen }) => {
      const policy = anthropic("claude", { url });
      const [completion] = await policy.generate(["a"], { topK: 3, stop: ["END"] });
      const { body } = seen[0]!;
      assert.equal([body["top_k"], body["stop_sequences"], completion!.finished], [3, ["END"], true]);
      assert.match(
        (await rejection(policy.generate(["a"], { repetitionPenalty: 2 }))).message,
        /anthropic: claude at .* is not known to take repetitionPenalty\. Leave it out\./,
      );
    },
  ));

test("thoughts are part of the response; cached prompt tokens are prompt tokens", () =>
  serving(
    () =>
      message(
        [
          { type: "thinking", thinking: "hm" },
          { type: "text", text: "<answer>x</answer>" },
        ],
        "end_turn",
        { input_tokens: 1, cache_read_input_tokens: 20, output_tokens: 3 },
      ),
    async (url) => {
      const policy = anthropic("claude", { url });
      assert.is((await policy.generate([prompt]))[0]!.text, "hm</think>\n<answer>x</answer>");
      assert.is(policy.usage.promptTokens, 21);
    },
  ));

test("a cut, refused or filtered answer is data; an overloaded service and a strange reply are outages", async () => {
  for (const reason of ["max_tokens", "refusal"]) {
    const [first] = await serving(
      () => message([], reason),
      (url) => anthropic("claude", { url }).generate([prompt]),
    );
    assert.equal([first!.text, first!.finished], ["", false]);
  }
  const blocked = {
    status: 400,
    json: {
      type: "error",
      error: { type: "invalid_request_error", message: "Output blocked by content filtering policy" },
    },
  };
  assert.is(
    (
      await serving(
        () => blocked,
        (url) => anthropic("claude", { url }).generate([prompt]),
      )
    )[0]!.finished,
    false,
  );
  for (const reply of [{ status: 529, json: {} }, { json: { type: "error" } }, { json: { content: [] } }]) {
    assert.is(
      (
        await rejection(
          serving(
            () => reply,
            (url) => anthropic("claude", { url, attempts: 1 }).generate([prompt]),
          ),
        )
      ).name,
      "SearchUnavailable",
    );
  }
  assert.is(
    (
      await rejection(
        serving(
          () => ({ status: 400, json: { error: { message: "max_tokens" } } }),
          (url) => anthropic("claude", { url }).generate([prompt]),
        ),
      )
    ).name,
    "TypeError",
  );
});

test.run();
