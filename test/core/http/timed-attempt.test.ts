import { getEventListeners } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../../lib/core/errors";
import { timedAttempt } from "../../../lib/core/http/timed-attempt";
import { unexpected } from "../../unexpected";

const limits = { what: "the request", timeoutSeconds: 60, secrets: ["tml-secret"] };
const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

test("a value passes through", async () => {
  assert.equal(await timedAttempt(limits, async () => ({ kind: "done", value: 1 })), { kind: "done", value: 1 });
});

test("time that runs out is an outage, or what the caller says it means", async () => {
  const short = { ...limits, timeoutSeconds: 0.02 };
  const result = await timedAttempt<number>(short, never);
  assert.is(result.kind, "again");
  assert.match((result as { why: string }).why, /no reply within 0\.02 s/);
  assert.is((result as { outage: string }).outage, "timeout");
  assert.equal(await timedAttempt<number>({ ...short, late: { kind: "done", value: 408 } }, never), {
    kind: "done",
    value: 408,
  });
});

test("an error of the network may pass, and says no key", async () => {
  const result = await timedAttempt<number>(limits, async () => {
    throw new Error("socket of tml-secret hung up");
  });
  assert.is((result as { outage: string }).outage, "network");
  assert.not.match((result as { why: string }).why, /tml-secret/);
});

test("what no repetition can change is thrown; the caller's signal is Interrupted at any time", async () => {
  const thrown = (work: () => Promise<unknown>) => work().then(unexpected, (error: Error) => error.name);
  const refused = new SearchUnavailable("it", "HTTP 401", "Pass a key.");
  assert.is(await thrown(() => timedAttempt(limits, () => Promise.reject(refused))), "SearchUnavailable");
  const stop = new AbortController();
  const waiting = thrown(() => timedAttempt({ ...limits, signal: stop.signal }, never));
  stop.abort();
  assert.is(await waiting, "Interrupted");
  const before = timedAttempt({ ...limits, signal: stop.signal }, async (signal) => {
    signal.throwIfAborted();
    return { kind: "done", value: 1 };
  });
  assert.is(await thrown(() => before), "Interrupted");
});

test("no timer and no listener is left", async () => {
  const { signal } = new AbortController();
  await timedAttempt({ ...limits, signal }, async () => ({ kind: "done", value: 1 }));
  assert.is(getEventListeners(signal, "abort").length, 0);
  assert.not.ok(process.getActiveResourcesInfo().includes("Timeout"));
});

test.run();
