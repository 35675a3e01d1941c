import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { random } from "../../../lib/core/random";
import { continuousGeneration } from "../../../lib/models/generation/continuous/continuous-generation";
import { onCuda } from "./with-cuda";
import { close, tensorsLeftBy, tinyPolicy } from "../../fixtures";
import { ending } from "./ending";

test.before(async () => void (await useBackend("auto")));

const prompts = [
  [5, 120, 250, 33, 5, 299, 71],
  [5, 120, 250],
  [7, 120, 250, 33, 9, 10, 11, 12, 13],
];
const rng = () => random("ahead");

for (const [what, of] of [
  ["equal settings", [{}, {}, {}]],
  ["settings that differ for a while", [{}, { topK: 9, maxTokens: 5 }, {}]],
  [
    "likeliest tokens and a penalty for one of them",
    [{ topLogps: 2, maxTokens: 4 }, {}, { presencePenalty: 1, maxTokens: 3 }],
  ],
] as const)
  test(`requests that come and go get the same tokens: ${what}`, () =>
    onCuda(async ({ ahead, apart }) => {
      const policy = tinyPolicy();
      const write = async (batch: number) => {
        const generation = continuousGeneration(ending(policy, 97), { batch, queue: 9, cacheBytes: 1e8 });
        const tickets = prompts.map((prompt, index) =>
          generation.submit(prompt, { maxTokens: 12, rng: rng(), index, streamed: index === 1, ...of[index] }),
        );
        for (const { news } of tickets) while (await news());
        await generation.close();
        return tickets.map(({ request }) => ({
          ...request.completion(),
          reason: request.reason,
          top: request.top.length,
        }));
      };
      for (const batch of [3, 2]) {
        const left = await tensorsLeftBy(async () => {
          const expected = await apart(() => write(batch));
          const { value, steps } = await ahead(() => write(batch));
          for (const [i, { logps, ...rest }] of value.entries()) {
            const { logps: wanted, ...others } = expected[i]!;
            assert.equal(rest, others);
            close(logps, wanted, { rtol: 1e-5, atol: 1e-5, what: `request ${i}` });
          }
          assert.ok(steps.length > 0 && steps.every((count) => count >= 1 && count <= 8), `${steps}`);
        });
        assert.is(left, 0);
      }
      policy.dispose();
    }));

test("a request that is given up within the tokens that are drawn gets no more of them", () =>
  onCuda(async ({ ahead }) => {
    const policy = tinyPolicy();
    const endless = { ...policy, tokenizer: { ...policy.tokenizer, stops: [] } };
    const stop = new AbortController();
    const left = await tensorsLeftBy(async () => {
      await ahead(async () => {
        const generation = continuousGeneration(endless, { batch: 2, queue: 9, cacheBytes: 1e8 });
        const [gone, other] = [1, 1].map((place, index) =>
          generation.submit(prompts[place]!, {
            maxTokens: 20,
            rng: rng(),
            index,
            streamed: true,
            ...(index === 0 && { signal: stop.signal }),
          }),
        );
        await gone!.news();
        stop.abort();
        const failure = await (async () => {
          while (await gone!.news());
        })().catch((error: Error) => error);
        assert.is((failure as Error).name, "Interrupted");
        while (await other!.news());
        assert.is(other!.request.tokens.length, 20);
        assert.ok(gone!.request.tokens.length < 20);
        await generation.close();
      });
    });
    assert.is(left, 0);
    policy.dispose();
  }));

test.run();
