import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Clock } from "../../../lib/core/http/clock";
import { gate, gateOf } from "../../../lib/search/remote/gate";

/** A clock whose sleeps end `late` ms after their time, as soon as whoever was let through has begun. */
function fakeClock(late: (sleep: number) => number = () => 0) {
  let [time, sleeps] = [1000, 0];
  const clock: Clock = {
    now: () => time,
    async sleep(ms) {
      await new Promise(setImmediate);
      time += ms + late(sleeps++);
    },
  };
  return { clock, now: () => time - 1000 };
}

async function departures(count: number, perSecond: number, late?: (sleep: number) => number): Promise<number[]> {
  const { clock, now } = fakeClock(late);
  const one = gate(clock);
  const left: number[] = [];
  await Promise.all(Array.from({ length: count }, () => one.pass(async () => void left.push(now()), { perSecond })));
  return left;
}

test("in no second do more leave than the limit, however late timers are", async () => {
  for (const late of [() => 0, () => 5, (i: number) => (i % 7 === 0 ? 80 : 0), (i: number) => (i % 3) * 11]) {
    const left = await departures(100, 10, late);
    for (let i = 10; i < left.length; i++)
      assert.ok(left[i]! - left[i - 10]! >= 1040 - 1e-6, `${left[i - 10]} and ${left[i]}`);
  }
});

test("late timers are made up for: 10 ms each time cost little in the long run, without bursts", async () => {
  const left = await departures(201, 10, () => 10);
  assert.ok(200_000 / left.at(-1)! > 9.5, `${200_000 / left.at(-1)!} a second`); // 10 in 1.04 + 0.01 s are 9.52
  for (let i = 1; i < left.length; i++) assert.ok(left[i]! - left[i - 1]! >= 88);
});

test("callers of different limits share the host: the more careful one counts everybody's requests", async () => {
  const { clock, now } = fakeClock();
  const one = gate(clock);
  const left: number[] = [];
  await Promise.all([2, 2, 1, 0.5].map((perSecond) => one.pass(async () => void left.push(now()), { perSecond })));
  assert.equal(left.map(Math.round), [0, 442, 1482, 3562]); // 0.85 · 520 ms; then 1040 ms, then 2080 ms after the last
});

test("a pause that the host asks for holds everybody, in their order", async () => {
  const { clock, now } = fakeClock();
  const one = gate(clock);
  const left: [string, number][] = [];
  one.pause(2000);
  await Promise.all(["a", "b"].map((name) => one.pass(async () => void left.push([name, now()]), { perSecond: 10 })));
  assert.equal(
    left.map(([name]) => name),
    ["a", "b"],
  );
  assert.ok(left[0]![1] >= 2000);
});

test("who gives up waiting leaves the queue and costs nobody a turn", async () => {
  const one = gate();
  const controller = new AbortController();
  const left: string[] = [];
  const pass = (name: string, signal?: AbortSignal) =>
    one.pass(async () => void left.push(name), { perSecond: 50, ...(signal ? { signal } : {}) });
  const all = [pass("a"), pass("b", controller.signal).catch((error: Error) => left.push(error.name)), pass("c")];
  controller.abort();
  await Promise.all(all);
  assert.equal([...left].sort(), ["Interrupted", "a", "c"].sort());
});

test("a failed call gives its place back, and a host that hangs collects 32 requests at most", async () => {
  const one = gate();
  let [open, most] = [0, 0];
  const failures = await Promise.allSettled(
    Array.from({ length: 100 }, () =>
      one.pass(
        async () => {
          most = Math.max(most, ++open);
          await new Promise((resolve) => setTimeout(resolve, 5));
          open--;
          throw new Error("down");
        },
        { perSecond: 100_000 },
      ),
    ),
  );
  assert.is(failures.filter(({ status }) => status === "rejected").length, 100);
  assert.ok(most <= 32, `${most}`);
});

test("a host has one gate for everybody", () => {
  assert.is(gateOf("a.example"), gateOf("a.example"));
  assert.is.not(gateOf("a.example"), gateOf("b.example"));
});

test.run();
