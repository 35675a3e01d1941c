import { test } from "uvu";
import * as assert from "uvu/assert";
import { statement } from "../../../lib/search/sql/statement";

test("nothing but comments and semicolons is blank", () => {
  for (const sql of ["", "  \n", ";;", "-- a comment", "/* a; b */ ; -- c\n"]) assert.equal(statement(sql), { blank: true }, sql);
});

test("one statement passes, with a semicolon and a comment after it", () => {
  for (const sql of ["SELECT 1", "SELECT 1;", "SELECT 1; -- done", ";; SELECT 1 /* x */;;", "SELECT ';?' , \";:a\", `;`, [;@b] FROM t"]) assert.equal(statement(sql), { blank: false }, sql);
});

test("a quote that is never closed hides nothing", () => {
  assert.equal(statement("SELECT 'it"), { blank: false });
  assert.match(statement("SELECT 'it; SELECT 1").refused!, /one statement/); // SQLite would call it an unrecognized token
});

test("a second statement is refused, as Python refuses it", () => {
  assert.is(statement("SELECT 1; DROP TABLE t").refused, "You can only execute one statement at a time.");
  assert.is(statement("SELECT 'a''; b'; SELECT 2").refused, "You can only execute one statement at a time.");
});

test("a parameter is refused instead of read as NULL", () => {
  assert.match(statement("SELECT * FROM t WHERE a = ? AND b = :b").refused!, /The current statement uses 2/);
  assert.match(statement("SELECT @a").refused!, /uses 1/);
  assert.equal(statement("SELECT '?', a$b, [c:d]"), { blank: false });
});

test("a NUL is refused", () => {
  assert.is(statement("SELECT 1\0 DROP").refused, "the query contains a null character");
});

test("a statement of more than a million characters is refused unread", () => {
  assert.equal(statement(`SELECT '${"x".repeat(900_000)}'`), { blank: false });
  assert.match(statement(`SELECT '${"🙂".repeat(10_000_000)}'`).refused!, /too large: 20000009 characters/); // the lexer's stack would not hold it
});

test.run();
