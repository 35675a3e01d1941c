import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SqlResult, SqlValue } from "../../lib/core/roles";
import { executionReward, isBlankSql } from "../../lib/rewards/execution-reward";
import { type ExecutionFamily, familyOf, type ProfileName } from "../../lib/rewards/families";

const rows = (...of: SqlValue[][]): SqlResult => ({ kind: "rows", rows: of });
const failed = (message: string): SqlResult => ({ kind: "failed", message });
const late: SqlResult = { kind: "timeout", seconds: 30 };
const reward = (dataSource: string, predicted: SqlResult, gold: SqlResult, profile: ProfileName = "safe") =>
  executionReward(predicted, gold, { family: familyOf(dataSource) as ExecutionFamily, profile }).reward;
const sets = ["bird_test", "bird_wor_test", "spider_test", "spider_wor_test", "wikisql_test"];

test("the gold rows earn 1.1 everywhere, in any order and however often", () => {
  for (const set of sets) assert.is(reward(set, rows([2], [1], [2]), rows([1], [2])), 1.1, set);
});

test("other rows earn 0.4 in BIRD and nothing elsewhere", () => {
  assert.equal(
    sets.map((set) => reward(set, rows([3]), rows([1]))),
    [0.4, 0.4, 0, 0, 0],
  );
});

test("a query that fails earns nothing, but 0.2 in BIRD without reasoning if its syntax holds", () => {
  assert.equal(
    sets.map((set) => reward(set, failed("no such table: zz"), rows([1]))),
    [0, 0.2, 0, 0, 0],
  );
  assert.equal(
    sets.map((set) => reward(set, failed('near "SELEC": syntax error'), rows([1]))),
    [0, 0, 0, 0, 0],
  );
});

test("a query out of time matches nothing here; in the reference it has no rows, like a gold query without any", () => {
  for (const set of sets) assert.is(reward(set, late, rows()), 0, set);
  assert.is(reward("bird_test", rows(), late), 0.4); // it ran, and there is nothing to equal
  assert.equal(
    sets.map((set) => reward(set, late, rows(), "reference")),
    [1.1, 1.1, 1.1, 1.1, 1.1],
  );
  assert.is(reward("bird_test", late, rows([1]), "reference"), 0.4);
});

test("a gold query that fails is treated as the query's own failure in the reference", () => {
  assert.equal(
    sets.map((set) => reward(set, rows([1]), failed("no such table: zz"), "reference")),
    [0, 0.2, 0, 0, 0],
  );
});

test(
  "in the reference a result with bytes that are no UTF-8 has failed, as it fails in Python's sqlite3; here it is " +
    "a text like others",
  () => {
    const bytes: SqlResult = { kind: "rows", columns: ["name"], rows: [["a"], ["a\udcffb"]] };
    assert.equal(
      sets.map((set) => reward(set, bytes, bytes, "reference")),
      [0, 0.2, 0, 0, 0],
    ); // sqlite3.OperationalError: Could not decode to UTF-8 column 'name'
    assert.equal(
      sets.map((set) => reward(set, bytes, rows([1]), "reference")),
      [0, 0.2, 0, 0, 0],
    );
    assert.equal(
      sets.map((set) => reward(set, rows([1]), bytes, "reference")),
      [0, 0.2, 0, 0, 0],
    );
    assert.equal(
      sets.map((set) => reward(set, bytes, bytes)),
      [1.1, 1.1, 1.1, 1.1, 1.1],
    );
    assert.is(reward("spider_test", bytes, rows(["a"], ["a\udcfeb"])), 0);
    assert.is(reward("spider_test", rows(["🙂"]), rows(["🙂"]), "reference"), 1.1); // a whole pair is a character
    assert.match(
      executionReward(bytes, bytes, { family: familyOf("spider_test") as ExecutionFamily, profile: "reference" }).note!,
      /Could not decode to UTF-8 column "name"/,
    );
  },
);

test("what went wrong is said", () => {
  assert.match(
    executionReward(late, rows(), { family: familyOf("spider_test") as ExecutionFamily, profile: "safe" }).note!,
    /the query had not ended after 30 s/,
  );
});

test("semicolons, space and comments are no statement", () => {
  for (const blank of ["", " \n\t", ";", " ; ;", "-- SELECT 1", "/* SELECT 1 */ ;", "/* open", "-- a\n/* b */--c"])
    assert.ok(isBlankSql(blank), blank);
  for (const sql of ["SELECT 1", "-- a\nSELECT 1", "/* a */ SELECT 1", "'-- text'", "/", "- -"])
    assert.not.ok(isBlankSql(sql), sql);
  assert.not.ok(isBlankSql("/* */ ".repeat(20_000) + "x"), "in linear time");
});

test.run();
