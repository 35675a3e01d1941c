import { test } from "uvu";
import * as assert from "uvu/assert";
import { random, type Random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { untrained, type Policy } from "../../../lib/models/policy";
import { tensorsLeftBy, tinyConfig, tinyPolicy, tinyTokenizer } from "../../fixtures";

let policy: Policy;
let broken: Policy; // its logits are no numbers
test.before(async () => {
  await useBackend("wasm");
  policy = untrained({ ...tinyConfig, num_hidden_layers: 1 }, tinyTokenizer, 1);
  broken = tinyPolicy(2);
  tf.tidy(() => (broken.weights.norm as tf.Variable<tf.Rank.R1>).assign(tf.fill([16], NaN)));
});

/** A stream that does something at the `n`th number that is drawn from it. */
function eventful(n: number, happen: () => void): Random {
  const stream = random(n);
  let drawn = 0;
  const fork = (): Random => ({ ...stream, fork, next: () => (++drawn === n && happen(), stream.next()) });
  return { ...stream, fork };
}

const beginning = "the cat sat on the mat and ";
const prompts = ["the cat", "a", "sat on the mat"];

/** Ways to generate, and the name of the error that each ends in. */
const ways: readonly (readonly [
  what: string,
  error: string | undefined,
  generate: (i: number, rng: Random) => Promise<unknown>,
])[] = [
  ["sampled", undefined, (_, rng) => policy.generate(prompts, { maxTokens: 3, rng })],
  [
    "greedy, with a penalty",
    undefined,
    () => policy.generate(prompts, { maxTokens: 3, temperature: 0, repetitionPenalty: 1.2 }),
  ],
  [
    "every cut, two at a time",
    undefined,
    (_, rng) =>
      policy.generate([...prompts, ...prompts], {
        maxTokens: 3,
        temperature: 0.7,
        topK: 50,
        topP: 0.9,
        minP: 0.01,
        batch: 2,
        rng,
      }),
  ],
  [
    "a shared beginning",
    undefined,
    (_, rng) =>
      policy.generate(
        Array.from({ length: 14 }, (_, i) => beginning + "abcdefghijklmnop"[i]!),
        { maxTokens: 1, stop: ["a"], rng },
      ),
  ],
  [
    "streamed, and left early",
    undefined,
    async (_, rng) => {
      for await (const _ of policy.stream("the cat", { maxTokens: 9, rng })) break;
    },
  ],
  [
    "aborted midway",
    "Interrupted",
    (i) => {
      const stop = new AbortController();
      return policy.generate(prompts, {
        maxTokens: 5,
        batch: 2,
        rng: eventful((i % 7) + 1, () => stop.abort()),
        signal: stop.signal,
      });
    },
  ],
  [
    "a failure midway",
    "Error",
    (i) =>
      policy.generate(prompts, {
        maxTokens: 5,
        batch: 2,
        rng: eventful((i % 5) + 1, () => {
          throw new Error("no number");
        }),
      }),
  ],
  [
    "cut at the context midway",
    undefined,
    () => policy.generate(["a", "x".repeat(63)], { maxTokens: 9, temperature: 0 }),
  ],
  ["a prompt past the context", "RangeError", () => policy.generate(["x".repeat(65), "a"])],
  ["weights that are no numbers", "RangeError", () => broken.generate(prompts, { maxTokens: 3 })],
];

test("1,000 generations leave no tensor, those among them that are aborted or fail neither", async () => {
  const left = await tensorsLeftBy(async () => {
    for (let i = 0; i < 1000; i++) {
      const [what, error, generate] = ways[i % ways.length]!;
      const ended = await generate(i, random(i)).then(
        () => undefined,
        (reason: Error) => reason.name,
      );
      assert.is(ended, error, what);
    }
  });
  assert.is(left, 0);
});

test.run();
