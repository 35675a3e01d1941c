import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { printable } from "../../../../lib/notebook/render/text/printable";

test("a printable value prints its line and keeps its data", () => {
  const steps = printable([{ step: 1 }, { step: 2 }], () => "2 steps");
  assert.is(inspect(steps), "2 steps");
  assert.is(JSON.stringify(steps), '[{"step":1},{"step":2}]');
  assert.equal(Object.keys(steps), ["0", "1"]);
});

test.run();
