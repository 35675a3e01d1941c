import { test } from "uvu";
import * as assert from "uvu/assert";
import { children, elements, readXml, textAt, textOf } from "../../../lib/data/files/xml";

test("mixed content keeps its order, references become characters, spaces become one", () => {
  const root = readXml(
    '<?xml version="1.0"?><!DOCTYPE A PUBLIC "-//x//EN" "x.dtd"><A b="&lt;1"><T>an <i>in vitro</i>\n  study of ' +
      "Universit&#xe0; &amp; &lt;0.05</T><T>007</T></A>",
    "a test",
  );
  assert.is(root.name, "A");
  assert.is(root.attributes["b"], "<1");
  assert.is(textAt(root, "T"), "an in vitro study of Università & <0.05");
  assert.equal(children(root, "T").map(textOf).at(-1), "007"); // no number
  assert.equal(elements(root, "T", "i").map(textOf), ["in vitro"]);
  assert.is(textAt(root, "T", "b"), "");
});

test("what is no XML is an error that names its source: cut short, plain text, nothing", () => {
  for (const text of ["<a><b></a>", "<a><b>", "API rate limit exceeded", ""]) {
    assert.throws(
      () => readXml(text, "answer 7"),
      (error: Error) => error.name === "CorruptData" && error.message.startsWith("answer 7: "),
      text,
    );
  }
});

test.run();
