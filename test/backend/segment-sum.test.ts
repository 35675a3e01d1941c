import { test } from "uvu";
import * as assert from "uvu/assert";
import { segmentSum } from "../../lib/backend/segment-sum";

test("rows of one segment are added, a segment without rows is 0, a negative one is dropped", () => {
  const sum = new Float32Array(6).fill(9); // 3 segments of 2, to be overwritten
  segmentSum(Float32Array.of(1, 2, 10, 20, 100, 200, 7, 7), Int32Array.of(2, 0, 2, -1), sum, 2);
  assert.equal(Array.from(sum), [10, 20, 0, 0, 101, 202]); // segment 2: rows 0 and 2
});

test("a segment that does not exist is refused by number", () => {
  assert.throws(
    () => segmentSum(Float32Array.of(1), Int32Array.of(3), new Float32Array(3), 1),
    /segment 3 of row 0 is not below numSegments, 3/,
  );
});

test.run();
