import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../../lib/backend/choose";
import { tf } from "../../../../lib/backend/tf";
import { keptBeginnings } from "../../../../lib/models/generation/continuous/kept-beginnings";
import { decodingOf } from "../../../../lib/models/generation/decoding/program-decoding";
import { qwen2 } from "../../../../lib/models/policy";
import { skip } from "../../../skip";
import { tokensIn } from "./tokens-in";

test.before(() => useBackend().then(() => undefined));

const beginning = (length: number, bytes: number) => ({ length, bytes, tables: [tf.zeros<tf.Rank.R2>([1, 1])] });
const after = (shared: number, last: number) => [...Array(shared).fill(1), last, 9];

test("what two prompts share is worth keeping from eight tokens on, and leaves a token to read", () => {
  const kept = keptBeginnings(100);
  assert.is(kept.note(after(20, 2)), 0); // the first one
  assert.is(kept.note(after(20, 3)), 20);
  kept.keep(after(20, 3), beginning(20, 10));
  assert.is(kept.find(after(20, 4))!.length, 20);
  assert.is(kept.find(Array(20).fill(1)), undefined); // nothing would be left to read
  assert.is(kept.note(after(24, 5)), 0); // 20 of the 20 shared tokens are kept
  assert.is(kept.note(after(24, 6)), 0); // four more are not worth it
  assert.is(kept.note(after(28, 7)), 0);
  assert.is(kept.note(after(28, 8)), 28);
  const same = after(3, 4);
  kept.note(same);
  assert.is(kept.note(same), 0); // 4 of 5 tokens are too few
  kept.clear();
});

test("beyond its bytes, those go that were not used for the longest time, and their tensors", () => {
  const before = tf.memory().numTensors;
  const kept = keptBeginnings(30);
  const prompts = [1, 2, 3].map((n) => [...Array(10).fill(n), 9]);
  for (const prompt of prompts) kept.keep(prompt, beginning(10, 10));
  kept.find(prompts[0]!);
  kept.keep([...Array(10).fill(4), 9], beginning(10, 10));
  assert.equal(
    prompts.map((prompt) => kept.find(prompt) !== undefined),
    [true, false, true],
  );
  assert.is(kept.bytes, 30);
  kept.clear();
  assert.is(tf.memory().numTensors, before);
});

test("a prompt whose beginning is copied has the logits of one that is read whole", () => {
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const decoding = decodingOf(policy);
  const { inPlace } = decoding;
  if (!inPlace) {
    policy.dispose();
    return skip("this backend changes no caches in place");
  }
  const before = tf.memory().numTensors;
  const caches = Array.from({ length: policy.config.num_hidden_layers }, () => ({
    keys: inPlace.withCapacity(tf.zeros([2, 2, 0, 64]), 0, 60),
    values: inPlace.withCapacity(tf.zeros([2, 2, 0, 64]), 0, 60),
  }));
  const prompt = tokensIn(40);
  const whole = inPlace.read(prompt, 0, 45, caches);
  const kept = inPlace.beginningOf(caches, 0, 45 - 40, 25);
  const copied = inPlace.read(prompt, 1, 52, caches, kept); // at another place
  const [a, b] = [whole.dataSync(), copied.dataSync()];
  assert.ok(a.every((value, i) => Math.abs(value - b[i]!) < 1e-3));
  const next = (row: number, position: number) => {
    const logits = inPlace.read([...prompt, 7], row, position, caches, kept);
    const values = logits.dataSync();
    logits.dispose();
    return values;
  };
  assert.ok(next(0, 50).every((value, i) => Math.abs(value - next(1, 60)[i]!) < 1e-3));
  tf.dispose([whole, copied, ...kept.tables, ...caches.flatMap(({ keys, values }) => [keys, values])]);
  decoding.dispose?.();
  assert.is(tf.memory().numTensors, before + 8); // zeros that withCapacity borrowed: two for each layer
  policy.dispose();
});

test.run();
