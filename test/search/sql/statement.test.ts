import { test } from "uvu";
import * as assert from "uvu/assert";
import { statement } from "../../../lib/search/sql/statement";

test("nothing but comments and semicolons is blank", () => {
  for (const sql of ["", "  \n", ";;", "-- a comment", "/* a; b */ ; -- c\n", "/* never closed", "\ufeff"])
    assert.ok(statement(sql).blank, sql);
});

test("one statement passes, with a semicolon and a comment after it", () => {
  for (const sql of [
    "SELECT 1",
    "SELECT 1;",
    "SELECT 1; -- done",
    ";; SELECT 1 /* x */;",
    "SELECT ';?' , \";:a\", `;`, [;@b] FROM t",
  ])
    assert.equal({ ...statement(sql), end: 0 }, { blank: false, end: 0 }, sql);
});

test("the statement ends before its semicolon and what follows", () => {
  for (const [sql, one] of [
    ["SELECT 1 ; -- done", "SELECT 1"],
    ["/* a */ SELECT ';' -- b", "/* a */ SELECT ';'"],
    ["SELECT [a", "SELECT [a"],
  ])
    assert.is(sql!.slice(0, statement(sql!).end), one);
});

test("what is never closed takes the rest: SQLite calls it an unrecognized token", () => {
  for (const sql of ["SELECT 'it", "SELECT 'it; SELECT 1", 'SELECT "a; b', "SELECT [a; SELECT ?", "SELECT `a''; ?"])
    assert.equal(statement(sql), { blank: false, end: sql.length }, sql);
});

test("a second statement is refused, as Python refuses it", () => {
  assert.is(statement("SELECT 1; DROP TABLE t").refused, "You can only execute one statement at a time.");
  assert.is(statement("SELECT 1;;").refused, "You can only execute one statement at a time."); // Python 3.11 does so
  assert.is(statement("SELECT 'a''; b'; SELECT 2").refused, "You can only execute one statement at a time.");
});

test("a parameter is refused instead of read as NULL", () => {
  assert.match(statement("SELECT * FROM t WHERE a = ? AND b = :b").refused!, /The current statement uses 2/);
  assert.match(statement("SELECT @a").refused!, /uses 1/);
  assert.match(statement("SELECT :1, $2, @é").refused!, /uses 3/);
  assert.is(statement("SELECT '?', a$b, [c:d]").refused, undefined);
});

test("a NUL is refused", () => {
  assert.is(statement("SELECT 1\0 DROP").unseen, "the query contains a null character");
});

test("a statement of more than a million characters is refused unread", () => {
  assert.equal(statement(`SELECT '${"x".repeat(900_000)}'`), { blank: false, end: 900_009 });
  assert.match(statement(`SELECT '${"🙂".repeat(10_000_000)}'`).unseen!, /too large: 20000009 characters/);
});

test.run();
