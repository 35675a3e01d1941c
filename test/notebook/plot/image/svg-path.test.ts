import { test } from "uvu";
import * as assert from "uvu/assert";

import { pathPoints, pointAlong, polygonLength } from "../../../../lib/notebook/plot/image/svg-path";

test("relative and absolute commands, and numbers that run together, are followed", () => {
  assert.equal(pathPoints("M10,20h5v-5L0-1Z"), [
    { x: 10, y: 20 },
    { x: 15, y: 20 },
    { x: 15, y: 15 },
    { x: 0, y: -1 },
  ]);
  assert.equal(pathPoints("M1e1.5c0 0 1 1 2 2").at(-1), { x: 12, y: 2.5 }); // 10 and 0.5, then 2 and 2 on
});

test("length and the point along a path follow its corners", () => {
  const corner = pathPoints("M0 0H3V4"); // 3 + 4
  assert.is(polygonLength(corner), 7);
  assert.equal(pointAlong(corner, 5), { x: 3, y: 2 }); // 3 along, 2 up
  assert.equal(pointAlong(corner, 99), { x: 3, y: 4 });
  assert.equal(pointAlong([], 1), { x: 0, y: 0 });
});

test.run();
