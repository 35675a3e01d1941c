import { test } from "uvu";
import * as assert from "uvu/assert";
import { untilAborted } from "../../../lib/core/calls/until-aborted";

const said = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("work gives its value or its error, whether there is a signal or not", async () => {
  const { signal } = new AbortController();
  for (const each of [undefined, signal]) {
    assert.is(await untilAborted(() => 7, each, "it"), 7);
    assert.is(await untilAborted(async () => 7, each, "it"), 7);
    assert.is(
      await said(
        untilAborted(
          () => {
            throw new RangeError("no");
          },
          each,
          "it",
        ),
      ),
      "RangeError: no",
    );
  }
});

test("a second after the signal, deaf work is left to itself; work that listens ends by itself", async () => {
  const abort = new AbortController();
  const began = performance.now();
  const deaf = said(untilAborted(() => new Promise(() => undefined), abort.signal, "a search"));
  const listening = said(
    untilAborted(
      () => new Promise((resolve) => abort.signal.addEventListener("abort", () => resolve("half"))),
      abort.signal,
      "sampling",
    ),
  );
  abort.abort();
  assert.is(await listening, "half");
  assert.is(await deaf, "Interrupted: a search was interrupted");
  assert.ok(performance.now() - began > 900);
});

test("after the signal nothing is begun", async () => {
  assert.is(
    await said(untilAborted(() => assert.unreachable("begun"), AbortSignal.abort(), "it")),
    "Interrupted: it was interrupted",
  );
});

test.run();
