import { test } from "uvu";
import * as assert from "uvu/assert";
import { singleFlight } from "../../../lib/core/calls/single-flight";
import { unexpected } from "../../unexpected";

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

test("who asks the same while it is asked shares the answer; later it is asked anew", async () => {
  const share = singleFlight();
  let calls = 0;
  const call = async () => {
    await soon();
    return ++calls;
  };
  assert.equal(
    await Promise.all([share("q", undefined, call), share("q", undefined, call), share("r", undefined, call)]),
    [1, 1, 2],
  );
  assert.is(await share("q", undefined, call), 3);
});

test("a failure is shared, and not kept", async () => {
  const share = singleFlight();
  const down = () =>
    share("q", undefined, async () => {
      await soon();
      throw new Error("down");
    });
  const results = await Promise.allSettled([down(), down()]);
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.is(await share("q", undefined, async () => 1), 1);
});

test("one who aborts leaves the others their answer; when all have left, the call is aborted", async () => {
  const share = singleFlight();
  const [one, two] = [new AbortController(), new AbortController()];
  let aborted = false;
  const call = async (signal: AbortSignal) => {
    signal.addEventListener("abort", () => (aborted = true));
    await soon();
    return "answer";
  };
  const [first, second] = [share("q", one.signal, call), share("q", two.signal, call)];
  one.abort();
  await first.then(unexpected, (error: Error) => assert.is(error.name, "Interrupted"));
  assert.not.ok(aborted);
  assert.is(await second, "answer");

  aborted = false;
  const third = share("s", two.signal, call);
  two.abort();
  await third.then(unexpected, (error: Error) => assert.is(error.name, "Interrupted"));
  assert.ok(aborted);
  assert.is(await share("s", undefined, call), "answer"); // the aborted call is not joined
});

test.run();
