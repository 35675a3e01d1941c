import OpenAI, { type APIError } from "openai";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { embedded, question } from "./serving";

/** OpenAI's own client, unchanged, against our server. */

let served: Awaited<ReturnType<typeof embedded>>;
let client: OpenAI;
test.before(async () => {
  served = await embedded();
  client = new OpenAI({ baseURL: `${served.server.url}/v1`, apiKey: "none", maxRetries: 0 });
});
test.after(() => served.close());

const model = "pubmed-coldstart";
const prompt = question(1);

test("models are listed, and one is found by its id", async () => {
  const list = await client.models.list();
  assert.equal(
    list.data.map(({ id, object }) => [id, object]),
    [[model, "model"]],
  );
  assert.is((await client.models.retrieve(model)).id, model);
});

test("a completion is that of the library: greedy, and sampled by its seed", async () => {
  for (const temperature of [0, 1]) {
    const { choices, usage } = await client.completions.create({ model, prompt, max_tokens: 64, temperature, seed: 7 });
    const rng = random(7).fork("completion");
    const [own] = await served.policy.generate([prompt], { maxTokens: 64, temperature, rng });
    assert.is(choices[0]!.text, own!.text);
    assert.is(choices[0]!.finish_reason, own!.finished ? "stop" : "length");
    assert.is(usage!.completion_tokens, own!.tokens.length);
    assert.is(usage!.prompt_tokens, served.policy.tokenizer.encode(prompt).length);
  }
});

test("a stream brings the same text in pieces, its usage at the end", async () => {
  const fields = { model, prompt, max_tokens: 40, seed: 3 } as const;
  const whole = await client.completions.create(fields);
  const pieces = [];
  let [reason, tokens] = ["", 0];
  for await (const { choices, usage } of await client.completions.create({
    ...fields,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    pieces.push(...choices.map(({ text }) => text));
    reason = choices[0]?.finish_reason ?? reason;
    tokens = usage?.completion_tokens ?? tokens;
  }
  assert.ok(pieces.length > 5);
  assert.is(pieces.join(""), whole.choices[0]!.text);
  assert.equal([reason, tokens], [whole.choices[0]!.finish_reason, whole.usage!.completion_tokens]);
});

test("n responses are different ones, each the same whenever it is asked for; prompts come in order", async () => {
  const ask = () => client.completions.create({ model, prompt: [prompt, question(2)], n: 3, max_tokens: 90, seed: 5 });
  const [first, again] = await Promise.all([ask(), ask()]);
  assert.equal(
    first.choices.map(({ index }) => index),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(
    first.choices.map(({ text }) => text),
    again.choices.map(({ text }) => text),
  );
  assert.ok(new Set(first.choices.map(({ text }) => text)).size >= 4);
});

test("log-probabilities are those of the library, with the likeliest tokens beside them", async () => {
  const { choices } = await client.completions.create({ model, prompt, max_tokens: 12, temperature: 0, logprobs: 3 });
  const [own] = await served.policy.generate([prompt], { maxTokens: 12, temperature: 0 });
  const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0]!.logprobs!;
  assert.is(tokens!.join(""), choices[0]!.text);
  assert.is(token_logprobs!.length, 12);
  for (const [i, logp] of token_logprobs!.entries()) assert.ok(Math.abs(logp - own!.logps[i]!) < 1e-4);
  assert.equal(text_offset!.slice(0, 2), [0, tokens![0]!.length]);
  for (const [i, top] of top_logprobs!.entries()) {
    const values = Object.values(top);
    assert.ok(values.length <= 3 && Math.max(...values) - token_logprobs![i]! < 1e-4); // greedy: the likeliest
  }
});

test("a stop string ends the text before it, in a stream too", async () => {
  const fields = { model, prompt, max_tokens: 64, temperature: 0 } as const;
  const { choices } = await client.completions.create(fields);
  const whole = choices[0]!.text;
  const stop = whole.slice(20, 24);
  const stopped = await client.completions.create({ ...fields, stop, logprobs: 0 });
  assert.is(stopped.choices[0]!.text, whole.slice(0, whole.indexOf(stop)));
  assert.is(stopped.choices[0]!.finish_reason, "stop");
  const tokens = stopped.choices[0]!.logprobs!.tokens!.join("");
  assert.ok(tokens.startsWith(stopped.choices[0]!.text)); // the last one may go on into the stop string
  let text = "";
  for await (const { choices } of await client.completions.create({ ...fields, stop: [stop], stream: true }))
    text += choices[0]!.text;
  assert.is(text, stopped.choices[0]!.text);
});

test("a conversation is put into the model's own format, whole and as a stream", async () => {
  const fields = {
    model,
    messages: [{ role: "user", content: "Rewrite for PubMed.\nP: adults with asthma" }],
    max_tokens: 30,
    temperature: 0,
    logprobs: true,
    top_logprobs: 2,
  } as const;
  const { choices } = await client.chat.completions.create({ ...fields, messages: [...fields.messages] });
  const text = "<|im_start|>user\nRewrite for PubMed.\nP: adults with asthma<|im_end|>\n<|im_start|>assistant\n";
  const [own] = await served.policy.generate([text], { maxTokens: 30, temperature: 0 });
  assert.is(choices[0]!.message.content, own!.text);
  const scored = choices[0]!.logprobs!.content!;
  assert.is(scored.map(({ token }) => token).join(""), own!.text);
  assert.equal(Buffer.from(scored.flatMap(({ bytes }) => bytes!)).toString(), own!.text);
  assert.is(scored[0]!.top_logprobs.length, 2);
  let streamed = "";
  for await (const { choices } of await client.chat.completions.create({
    ...fields,
    messages: [{ role: "user", content: [{ type: "text", text: fields.messages[0].content }] }],
    stream: true,
  }))
    streamed += choices[0]!.delta.content ?? "";
  assert.is(streamed, own!.text);
});

test("response_format holds a response to an answer, or to an object of texts", async () => {
  const format = { type: "answer", opened: "<think>" } as unknown as { type: "text" };
  const answer = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Rewrite for PubMed." }],
    max_tokens: 60,
    seed: 1,
    response_format: format,
  });
  assert.match(
    answer.choices[0]!.message.content!,
    /<\/think>\s*<answer>\s*\{\s*"query"\s*:\s*"[^"]+"\s*\}\s*<\/answer>$/,
  );
  const object = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Rewrite for PubMed." }],
    max_tokens: 60,
    seed: 1,
    response_format: {
      type: "json_schema",
      json_schema: {
        name: "rewrite",
        schema: { type: "object", properties: { query: { type: "string" }, why: { type: "string" } } },
      },
    },
  });
  assert.equal(Object.keys(JSON.parse(object.choices[0]!.message.content!)), ["query", "why"]);
});

test("errors become the client's own exceptions, with a message that says what to do", async () => {
  const refused = async (call: Promise<unknown>): Promise<[string, number | undefined, string | null | undefined]> => {
    const error = await call.then(
      () => assert.unreachable(),
      (error: InstanceType<typeof APIError>) => error,
    );
    return [error!.constructor.name, error!.status, error!.code];
  };
  const ask = (fields: object) => client.completions.create({ model, prompt, ...fields });
  assert.equal(await refused(ask({ model: "../../etc/passwd" })), ["NotFoundError", 404, "model_not_found"]);
  assert.equal(await refused(client.models.retrieve("gpt-4")), ["NotFoundError", 404, "model_not_found"]);
  for (const fields of [
    { temperature: 3 },
    { temperature: -1 },
    { top_p: 0 },
    { n: 0 },
    { max_tokens: 0 },
    { stop: "" },
    { logprobs: 1000 },
    { prompt: "" },
    { prompt: [] },
    { prompt: "asthma ".repeat(2000) },
    { prompt: [99_999] },
    { logit_bias: { a: 1 } },
    { logit_bias: { 5: 1000 } },
    { presence_penalty: "much" },
    { response_format: { type: "xml" } },
    { response_format: { type: "json_schema", json_schema: { schema: { type: "array" } } } },
    { echo: true, logprobs: 1 },
    { suffix: "x" },
  ]) {
    const [name, status] = await refused(ask(fields));
    assert.equal([name, status], ["BadRequestError", 400], JSON.stringify(fields).slice(0, 80));
  }
  for (const messages of [
    [],
    [{ role: "robot", content: "x" }],
    [{ role: "user", content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }] }],
  ]) {
    const call = client.chat.completions.create({ model, messages: messages as never });
    assert.is((await refused(call))[1], 400);
  }
  assert.is((await fetch(`${served.server.url}/health`)).status, 200);
});

test("logit_bias keeps a token out", async () => {
  const fields = { model, prompt, max_tokens: 20, temperature: 0 } as const;
  const first = async (more: object) => {
    const { choices } = await client.completions.create({ ...fields, ...more, logprobs: 0 });
    return choices[0]!.logprobs!.tokens!;
  };
  const [own] = await served.policy.generate([prompt], { maxTokens: 20, temperature: 0 });
  const plain = await first({});
  assert.is.not((await first({ logit_bias: { [own!.tokens[0]!]: -100 } }))[0], plain[0]);
});

test.run();
