import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../../lib/core/errors";
import type { Clock } from "../../../lib/core/http/clock";
import { postJson } from "../../../lib/core/http/post-json";
import { type AttemptResult, outageOfStatus, withRetries } from "../../../lib/core/http/retries";
import { headerSecrets, veiled } from "../../../lib/core/http/veiled";
import { random } from "../../../lib/core/random";
import { outageOf } from "../../../lib/core/reward-outcome";

const again = (why: string, after?: number): AttemptResult<string> => ({ kind: "again", outage: "server", why, after });

/** Runs the results in turn; the waits in seconds, and what came of it. */
async function run(results: AttemptResult<string>[], progress?: () => number) {
  const waits: number[] = [];
  const clock: Clock = { now: () => 0, sleep: async (ms) => void waits.push(ms / 1000) };
  const plan = { name: "it", url: "http://localhost:9", what: "asking", attempts: 3, timeoutSeconds: 1, firstPause: 1 };
  const outcome = await withRetries(
    { ...plan, rng: random("test"), clock, ...(progress && { progress }) },
    async () => results.shift()!,
    ({ why, attempts, outage }) => new SearchUnavailable("it", `${why} after ${attempts}`, "Wait.", { outage }),
  ).catch((error: unknown) => outageOf(error)?.why);
  return { outcome, waits };
}

test("the waits double, with a jitter of a quarter, and Retry-After makes them longer", async () => {
  const { outcome, waits } = await run([again("503"), again("503", 7), { kind: "done", value: "answer" }]);
  assert.is(outcome, "answer");
  assert.ok(waits[0]! >= 0.75 && waits[0]! <= 1.25, String(waits[0]));
  assert.is(waits[1], 7);
});

test(
  "the last failure is given up with its number of attempts; a server that asks for more than two minutes at " + "once",
  async () => {
    assert.is((await run([again("a"), again("b"), again("c")])).outcome, "it did not answer: c after 3. Wait.");
    const { outcome, waits } = await run([again("busy", 121)]);
    assert.equal([outcome, waits], ["it did not answer: busy after 1. Wait.", []]);
  },
);

test("progress gives all attempts back", async () => {
  let bytes = 0;
  const results = [again("a"), again("b"), again("c"), again("d"), { kind: "done", value: "whole" } as const];
  assert.is((await run(results, () => ++bytes)).outcome, "whole");
});

test("statuses have causes; those of a request that is wrong have none", () => {
  assert.equal([429, 500, 503, 408, 425, 401, 403, 200, 400, 404].map(outageOfStatus), [
    "rate_limit",
    "server",
    "server",
    "server",
    "server",
    "refused",
    "refused",
    undefined,
    undefined,
    undefined,
  ]);
});

test("keys are blotted out, plain and in a URL; short words stay", () => {
  assert.is(veiled("key a+b/c= or a%2Bb%2Fc%3D, me", ["a+b/c=", "me"]), "key … or …, me");
  assert.equal(headerSecrets({ authorization: "Bearer 0123456789", accept: "json" }), ["0123456789"]);
});

test(
  "an outage says its cause: a limit, a server's trouble, a refusal, silence, nobody there, an unreadable " + "reply",
  async () => {
    const server = createServer((request, response) => {
      const [, status = "200"] = request.url!.split("/");
      if (status === "silent") return;
      response.statusCode = Number(status);
      response.end(status === "200" ? "<html>" : "{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const { port } = server.address() as AddressInfo;
    const cause = (path: string, at = port) =>
      postJson("it", `http://127.0.0.1:${at}/${path}`, {}, { attempts: 1, timeoutSeconds: 0.3 }).catch(
        (error: unknown) => outageOf(error)?.cause,
      );
    try {
      assert.equal(
        [await cause("429"), await cause("503"), await cause("401"), await cause("silent"), await cause("200")],
        ["rate_limit", "server", "refused", "timeout", "reply"],
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
    assert.is(await cause("200", 9), "network"); // nobody listens at the port "discard"
  },
);

test.run();
