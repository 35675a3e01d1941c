import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { render, renderText } from "../../../lib/notebook/render/render";

test("text is itself, a record is inspected, a value that knows its line prints it", async () => {
  assert.equal(await render("a\nb"), { "text/plain": "a\nb" });
  assert.equal(await render({ a: [1] }), { "text/plain": "{ a: [ 1 ] }" });
  assert.equal(await render({ [inspect.custom]: () => "one good line" }), { "text/plain": "one good line" });
  assert.equal(await render(undefined), { "text/plain": "undefined" });
  assert.equal(await render(null), { "text/plain": "null" });
});

test("a value that knows how it is shown is asked, and gets a text if it gives none", async () => {
  const value = { [Symbol.for("Jupyter.display")]: async () => ({ "text/html": "<b>" }), [inspect.custom]: () => "b" };
  assert.equal(await render(value), { "text/html": "<b>", "text/plain": "b" });
});

test("a frame is a table in HTML and in text", async () => {
  const bundle = await render({ columns: ["x"], values: [[1]] });
  assert.equal(Object.keys(bundle), ["text/html", "text/plain"]);
  assert.match(await renderText({ columns: ["x"], values: [[1]] }), "│ x │");
});

test("an array of records is a table, unless it prints itself", async () => {
  assert.match(String((await render([{ group: "a", "R@50": 0.25 }]))["text/html"]), "<table");
  const steps = Object.defineProperty([{ step: 1 }], inspect.custom, { value: () => "1 step" });
  assert.equal(await render(steps), { "text/plain": "1 step" });
});

test("a promise on the last line is what it comes to: nothing, where that is undefined", async () => {
  assert.equal(await render(Promise.resolve("text")), { "text/plain": "text" });
  assert.equal(await render(Promise.resolve()), {});
  await render(Promise.reject(new RangeError("why"))).then(
    () => assert.unreachable("a rejection was swallowed"),
    (error: Error) => assert.is(error.message, "why"),
  );
});

test.run();
