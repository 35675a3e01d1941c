import { test } from "uvu";
import * as assert from "uvu/assert";
import { reason } from "../../lib/setup/native/pip";

test("a network that is down is told as that, not as the missing version pip ends with", () => {
  const cause =
    "NewConnectionError('<HTTPSConnection>: Failed to establish a new connection: [Errno 111] Connection refused')";
  const output = `  WARNING: Retrying (Retry(total=0)) after connection broken by '${cause}': /simple/x/
ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)
ERROR: No matching distribution found for x==1`;
  assert.is(reason(output, "x==1"), "x==1: Failed to establish a new connection: [Errno 111] Connection refused");
});

test("without one, pip's last error is the reason, and silence is told too", () => {
  assert.is(
    reason("Collecting x\nERROR: a\nERROR: No matching distribution found for x==1\n", "x==1"),
    "x==1: No matching distribution found for x==1",
  );
  assert.is(reason("", "x==1"), "x==1: pip said nothing");
});

test.run();
