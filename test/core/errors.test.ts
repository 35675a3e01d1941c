import { test } from "uvu";
import * as assert from "uvu/assert";
import { CorruptData, Interrupted, SearchUnavailable, throwIfAborted } from "../../lib/core/errors";

test("an error says whose move it is by name, what happened, and what to do", () => {
  const outage = new SearchUnavailable("PubMed", "HTTP 503", "Wait.", { cause: "socket" });
  assert.is(outage.name, "SearchUnavailable");
  assert.is(outage.engine, "PubMed");
  assert.is(outage.message, "PubMed did not answer: HTTP 503. Wait.");
  assert.is(outage.cause, "socket");
  const corrupt = new CorruptData("a.json", "line 3 is cut", "Download it again.");
  assert.is(`${corrupt.name}: ${corrupt.message}`, "CorruptData: a.json: line 3 is cut. Download it again.");
  assert.is(corrupt.file, "a.json");
});

test("an aborted signal interrupts, and its reason is kept", () => {
  const controller = new AbortController();
  throwIfAborted(undefined, "evaluation");
  throwIfAborted(controller.signal, "evaluation");
  controller.abort("enough");
  try {
    throwIfAborted(controller.signal, "evaluation");
    assert.unreachable("went on");
  } catch (error) {
    assert.is((error as Error).name, "Interrupted");
    assert.is((error as Error).message, "evaluation was interrupted");
    assert.is((error as Error).cause, "enough");
  }
});

test("an interruption needs no reason", () => assert.is(new Interrupted("ppo").cause, undefined));

test.run();
