import { test } from "uvu";
import * as assert from "uvu/assert";
import { prepare } from "../../../../lib/notebook/kernel/source/prepare";

const place = { root: "/project", notebookDir: "/project/notebooks" };
const prepared = (code: string): string => prepare(code, place).text;

test("relative imports are made relative to the root", () => {
  assert.is(
    prepared('import { a } from "../lib/x"; import "./y";'),
    'import { a } from "./lib/x"; import "./notebooks/y";',
  );
  assert.is(prepared('const x = require("../lib/x");'), 'const x = require("./lib/x");');
});

test("packages keep their names", () => {
  const code = 'import { show } from "deepretrieval";\nimport fs from "node:fs";';
  assert.is(prepared(code), code);
});

test("a shorthand property is written out, in objects and in patterns that assign", () => {
  assert.is(prepared("f({ task, n: 1 })"), "f({ task: task, n: 1 })");
  assert.is(prepared("({ a = 2 } = b)"), "({ a: a = 2 } = b)");
  assert.is(prepared("const { a } = b"), "const { a } = b"); // a declaration: a new name
});

test("a cell whose first await reads like a call gets a plain one in front, on the same line", () => {
  assert.is(prepared("await (f())"), "await 0;await (f())");
  assert.is(prepared("x;\nfor await (const y of z) y;"), "await 0;x;\nfor await (const y of z) y;");
  assert.is(prepared("await f()"), "await f()");
});

test.run();
