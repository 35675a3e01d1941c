import { test } from "uvu";
import * as assert from "uvu/assert";
import { requestOf } from "../../../../lib/models/generation/continuous/request";
import { topLogps } from "../../../../lib/models/generation/continuous/top-logps";
import type { Decoder } from "../../../../lib/models/decoder/decoder-record";

const decoder = {
  config: { max_position_embeddings: 32, vocab_size: 10 },
  tokenizer: { stops: [9], pad: 0, eos: 9, decode: (tokens: readonly number[]) => tokens.join(",") },
} as unknown as Pick<Decoder, "config" | "tokenizer">;

test("presence is subtracted once, frequency for each time, and a bias is added", () => {
  const request = requestOf(decoder, [1, 2], {
    presencePenalty: 0.5,
    frequencyPenalty: 0.25,
    logitBias: { 3: 2, 5: 1 },
  });
  for (const token of [5, 5, 7]) request.take(token, -1);
  const mask = new Float32Array(10);
  request.mask(mask);
  // 5: 1 − 0.5 − 2 · 0.25 = 0; 7: −0.5 − 0.25; tokens of the prompt are left as they are
  assert.equal([...mask], [0, 0, 0, 2, 0, 0, 0, -0.75, 0, 0]);
  assert.is(request.masked, true);
  assert.is(requestOf(decoder, [1], {}).masked, false);
});

test("a bias for a token that the model does not have changes nothing", () => {
  const request = requestOf(decoder, [1], { logitBias: { 10: 5, 99: 5 } });
  const mask = new Float32Array(10);
  request.mask(mask);
  assert.equal([...mask], Array(10).fill(0));
});

test("a request ends by a stop token, at its limit, or when nobody waits", () => {
  const ended = requestOf(decoder, [1], {});
  ended.take(9, -1);
  assert.equal([ended.ended, ended.reason], [true, "stop"]);
  const cut = requestOf(decoder, [1], { maxTokens: 1 });
  cut.take(3, -1);
  assert.equal([cut.ended, cut.reason, cut.text], [true, "length", "3"]);
  const left = requestOf(decoder, [1], {});
  left.cancel();
  assert.equal([left.ended, left.reason], [true, undefined]);
  assert.is(requestOf(decoder, Array(30).fill(1), { maxTokens: 10 }).longest, 32);
});

test("the likeliest tokens are in order, of equals the lower id first, with their log-probabilities", () => {
  // softmax of ln(1, 4, 2, 4, 1): 1/12, 4/12, 2/12, 4/12, 1/12
  const logits = Float32Array.from([1, 4, 2, 4, 1], Math.log);
  const top = topLogps(logits, 3);
  assert.equal(
    top.map(({ token }) => token),
    [1, 3, 2],
  );
  for (const [i, share] of [4 / 12, 4 / 12, 2 / 12].entries())
    assert.ok(Math.abs(top[i]!.logp - Math.log(share)) < 1e-6);
  assert.is(topLogps(logits, 9).length, 5);
});

test.run();
