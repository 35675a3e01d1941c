import { test } from "uvu";
import * as assert from "uvu/assert";
import { redisShared } from "../../../../lib/search/remote/shared/redis";
import { redisServer } from "./redis-server";

const exchange = (key: string) => ({
  key,
  url: "http://engine/search",
  params: { term: "aspirin" },
  reply: { status: 200, type: "application/json", body: "{}" },
});

test("two gates on one Redis let no more requests leave in a second than one may", async () => {
  const redis = await redisServer();
  if (!redis) return;
  const [one, other] = [await redisShared(redis.url), await redisShared(redis.url)];
  const departures: number[] = [];
  const perSecond = 20;
  const ask = (shared: typeof one) =>
    shared.gate("engine").pass(async () => void departures.push(performance.now()), { perSecond });
  await Promise.all(Array.from({ length: 50 }, (_, i) => ask(i % 2 ? one : other)));
  departures.sort((a, b) => a - b);
  for (const [i, at] of departures.entries())
    if (i >= perSecond) {
      const seconds = (at - departures[i - perSecond]!) / 1000;
      // the script keeps 1.04 s by the clock of Redis; its answer may travel for some milliseconds
      assert.ok(seconds > 1, `${perSecond + 1} requests within ${seconds} s`);
    }
  await Promise.all([one.close(), other.close()]);
  await redis.stop();
});

test("a pause that one process was asked for holds for the others", async () => {
  const redis = await redisServer();
  if (!redis) return;
  const [one, other] = [await redisShared(redis.url), await redisShared(redis.url)];
  const asked = performance.now();
  one.gate("engine").pause(400);
  await one.store.get("any"); // sent after the pause, on the same connection
  let left = 0;
  await other.gate("engine").pass(async () => void (left = performance.now()), { perSecond: 100 });
  assert.ok(left - asked >= 399, `left after ${left - asked} ms`);
  await other.gate("another engine").pass(async () => void (left = performance.now()), { perSecond: 100 });
  await Promise.all([one.close(), other.close()]);
  await redis.stop();
});

test("answers are shared; an entry that is none counts as absent", async () => {
  const redis = await redisServer();
  if (!redis) return;
  const [one, other] = [await redisShared(redis.url), await redisShared(redis.url)];
  assert.is(await other.store.get("k"), undefined);
  await one.store.put(exchange("k"));
  assert.equal(await other.store.get("k"), exchange("k"));
  await one.store.put({ ...exchange("wrong"), reply: null as never });
  assert.is(await other.store.get("wrong"), undefined);
  await Promise.all([one.close(), other.close()]);
  await redis.stop();
});

test(
  "a Redis that is not there is said at once, without its password; one that goes away lets no request " + "leave",
  async () => {
    const redis = await redisServer();
    if (!redis) return;
    const shared = await redisShared(redis.url);
    const pass = () => shared.gate("engine").pass(async () => "left", { perSecond: 100 });
    assert.is(await pass(), "left");
    await redis.stop();
    const fault = async (work: () => Promise<unknown>): Promise<string> => {
      try {
        await work();
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
      return "none";
    };
    assert.match(await fault(pass), /^SearchUnavailable: Redis did not answer: /);
    assert.match(await fault(async () => shared.store.get("k")), /^SearchUnavailable: Redis did not answer: /);
    const secret = await fault(() => redisShared(redis.url.replace("//", "//user:pass-word@")));
    assert.match(secret, /^SearchUnavailable: Redis did not answer: .*Start it, correct --redis/);
    assert.not.match(secret, /pass-word/);
    assert.match(
      await fault(() => redisShared("localhost:6379")),
      /^TypeError: redisShared: "localhost:6379" is no address/,
    );

    await redis.start();
    const deadline = performance.now() + 20_000;
    while ((await fault(pass)) !== "none") {
      assert.ok(performance.now() < deadline, "it reconnects");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await shared.close();
    await redis.stop();
  },
);

test("what is said of an address needs no Redis", async () => {
  try {
    await redisShared("http://localhost");
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /Write redis:\/\/HOST:PORT/);
  }
});

test.run();
