import { JSDOM } from "jsdom";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { frameHtml } from "../../../../lib/notebook/render/table/frame-html";

const long = `<think>${"word ".repeat(100)}"quoted" & done</think>\n<answer>{"query": "aspirin"}</answer>`;

function open(html: string, scripts: boolean): Document {
  return new JSDOM(`<body>${html}</body>`, scripts ? { runScripts: "dangerously" } : {}).window.document;
}

for (const scripts of [false, true]) {
  test(`a long text is cut, and whole on hover and on a click, ${scripts ? "with" : "without"} scripts`, () => {
    const document = open(
      frameHtml({
        columns: ["id", "completion"],
        rows: [
          ["1", long],
          ["2", "short"],
        ],
      }),
      scripts,
    );
    const [first, second] = [...document.querySelectorAll("tbody tr")].map((row) => row.children[1]!);
    assert.is(first!.querySelector("summary")!.textContent, `${long.replace(/\s+/g, " ").slice(0, 100)}…`);
    assert.is(first!.querySelector("summary")!.getAttribute("title"), long);
    assert.is(first!.querySelector("details > div")!.textContent, long);
    assert.is(first!.querySelector("details")!.hasAttribute("open"), false);
    assert.is(second!.innerHTML, "short");
    assert.is(document.querySelector("tbody think"), null); // text, not markup
  });
}

test("a text of many short lines is cut too, and one of exactly the limit is not", () => {
  const document = open(
    frameHtml({ columns: ["x"], rows: [["a\nb\nc\nd\ne"], ["y".repeat(100)], ["a\nb\nc\nd"]] }),
    false,
  );
  assert.equal(
    [...document.querySelectorAll("tbody td")].map((cell) => cell.querySelector("details") !== null),
    [true, false, false],
  );
});

test.run();
