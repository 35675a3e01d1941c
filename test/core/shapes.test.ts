import { test } from "uvu";
import * as assert from "uvu/assert";
import { sameShape } from "../../lib/core/shapes";

test("equal shapes pass", () => sameShape("loss", "[B, T]", { logps: { shape: [2, 3] }, mask: { shape: [2, 3] } }));

test("the first that differs is named, with both shapes and what to do", () => {
  assert.throws(
    () =>
      sameShape("loss", "[B, T]", { logps: { shape: [2, 3] }, mask: { shape: [2, 3] }, advantages: { shape: [3, 2] } }),
    (error: Error) =>
      error.name === "RangeError" &&
      error.message ===
        "loss: logps is [2,3] but advantages is [3,2]; both must be [B, T]. Shift or pad advantages together " +
          "with logps.",
  );
});

test("a rank is part of the shape", () => {
  assert.throws(
    () => sameShape("loss", "[N]", { a: { shape: [6] }, b: { shape: [6, 1] } }),
    /a is \[6\] but b is \[6,1\]/,
  );
});

test.run();
