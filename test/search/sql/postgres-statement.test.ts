import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginning } from "../../../lib/search/sql/postgres-statement";

test("a statement reads by its first word, after white space, comments and parentheses", () => {
  for (const sql of [
    "SELECT 1",
    " ((select 1))",
    "-- a\nWITH t AS (SELECT 1) SELECT 1",
    "/* a */ VALUES (1)",
    "--a\r/**/ ; TABLE t",
    "EXPLAIN SELECT 1",
    "show all",
  ])
    assert.is(beginning(sql), "reads", sql);
  for (const sql of [
    "DROP TABLE t",
    "/* select */ delete from t",
    "selected",
    "-- SELECT 1\nUPDATE t",
    "'SELECT'",
    "\u00a0SELECT 1",
  ])
    assert.is(beginning(sql), "other", sql);
});

test("comments nest, as PostgreSQL has it, and one that does not end is said", () => {
  assert.is(beginning("/* a /* b */ c */ SELECT 1"), "reads");
  assert.is(beginning("/* a /* SELECT */ SELECT 1"), "unclosed");
  assert.is(beginning("/*/ SELECT 1"), "unclosed");
  // took for ever: 2 to the power of 50 ways to read it
  assert.is(beginning(`${"/**/".repeat(50)}/* SELECT 1`), "unclosed");
});

test("nothing is blank", () => {
  for (const sql of ["", " \n", ";;", "-- a", "/* a */ ;"]) assert.is(beginning(sql), "blank", sql);
});

test.run();
