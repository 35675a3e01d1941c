import { test } from "uvu";
import * as assert from "uvu/assert";

import { svgBox, type SvgElement } from "../../../../lib/notebook/plot/image/svg-box";
import { textWidth } from "../../../../lib/notebook/plot/image/text-width";

const element = (
  tagName: string,
  attributes: Record<string, string>,
  children: SvgElement[] = [],
  text = "",
): SvgElement => ({
  tagName,
  textContent: text,
  children,
  parentNode: null,
  style: { fontSize: "", display: attributes["display"] ?? "", width: "", height: "" },
  getAttribute: (name) => attributes[name] ?? null,
  querySelectorAll: () => [],
});
const tenPerLetter = (text: string) => 10 * text.length;

test("a group spans its children where they stand, hidden ones left out", () => {
  const group = element("g", {}, [
    element("rect", { x: "0", y: "0", width: "10", height: "5" }),
    element("circle", { cx: "0", cy: "0", r: "2", transform: "translate(20, 10)" }),
    element("rect", { width: "900", height: "900", display: "none" }),
  ]);
  // the circle reaches from 18 to 22 and from 8 to 12
  assert.equal(svgBox(group, tenPerLetter), { x: 0, y: 0, width: 22, height: 12 });
  assert.is(svgBox(element("g", {}), tenPerLetter), undefined);
});

test("text ends at its anchor", () => {
  const box = svgBox(
    element("text", { x: "100", y: "50", "text-anchor": "end", "font-size": "10px" }, [], "abc"),
    tenPerLetter,
  )!;
  assert.is(box.x, 70); // 100 − 3 · 10
  assert.is(box.width, 30);
});

test("text widths follow the font: an m is wider than an i, twice the size twice the width", () => {
  assert.ok(textWidth("m", 10) > 2 * textWidth("i", 10));
  assert.is(textWidth("Recall", 20), 2 * textWidth("Recall", 10));
  assert.is(textWidth("0", 1000, 1), 556);
});

test.run();
