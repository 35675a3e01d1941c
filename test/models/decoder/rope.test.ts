import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { rotary as rotate } from "../../../lib/backend/composed/rotary";
import { rotaryTables } from "../../../lib/models/decoder/rope";
import { close, numbers, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** The vector, turned as position `t` turns it. */
const at = (t: number, vector: readonly number[], base = 10000): number[] =>
  tf.tidy(() =>
    numbers(
      rotate(tf.tensor4d([...vector], [1, 1, 1, vector.length]), rotaryTables(32, vector.length, base).range(t, 1)),
    ),
  );
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test("position 0 turns nothing, and no position changes a length", () => {
  const x = [1, -2, 3, 0.5];
  close(at(0, x), x);
  close([dot(at(17, x), at(17, x))], [dot(x, x)], { rtol: 1e-5 });
});

test("dimension i is paired with i + D/2 and turned by t·base^(−2i/D)", () => {
  // D = 4, base 100: pair 0 turns by t, pair 1 by t/10
  close(at(3, [1, 0, 0, 0], 100), [Math.cos(3), 0, Math.sin(3), 0], { atol: 1e-6 });
  close(at(3, [0, 1, 0, 0], 100), [0, Math.cos(0.3), 0, Math.sin(0.3)], { atol: 1e-6 });
  close(at(3, [0, 0, 1, 0], 100), [-Math.sin(3), 0, Math.cos(3), 0], { atol: 1e-6 });
});

test("only the distance matters to a query and a key", () => {
  const [q, k] = [
    [0.3, -1, 2, 0.7],
    [1, 0.4, -0.6, 0.2],
  ];
  for (const shift of [1, 5, 20])
    close([dot(at(9 + shift, q), at(2 + shift, k))], [dot(at(9, q), at(2, k))], { rtol: 1e-4, atol: 1e-5 });
});

test("a position past the model's is refused with what to do", () => {
  const tables = rotaryTables(8, 4, 10000);
  assert.throws(
    () => tables.range(7, 2),
    (error: Error) =>
      error.name === "RangeError" &&
      /position 8 is past the model's 8\. Shorten the prompt or maxTokens/.test(error.message),
  );
  tables.dispose();
});

test("rows may stand at different positions; padding, which comes before 0, stands at 0", () => {
  const tables = rotaryTables(8, 4, 10000);
  const expected = [
    [0, 0, 1],
    [2, 3, 4],
  ].flatMap((row) => row.flatMap((t) => numbers(tables.range(t, 1).cos)));
  const { cos, sin } = tables.rows([-1, 2], 3);
  assert.equal(
    [cos.shape, sin.shape],
    [
      [2, 1, 3, 4],
      [2, 1, 3, 4],
    ],
  );
  assert.equal(numbers(cos), expected);
  const equal = tables.rows([2, 2], 3);
  assert.equal(equal.cos.shape, [3, 4]); // one table for all rows
  assert.throws(() => tables.rows([0, 6], 3), /position 8 is past the model's 8/);
  tf.dispose([sin, equal]);
  tables.dispose();
});

test("tables are freed", async () => assert.is(await tensorsLeftBy(() => rotaryTables(8, 4, 10000).dispose()), 0));

test.run();
