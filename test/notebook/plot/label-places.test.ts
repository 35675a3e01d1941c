import { test } from "uvu";
import * as assert from "uvu/assert";
import { textWidth } from "../../../lib/notebook/plot/image/text-width";
import { labelPlaces } from "../../../lib/notebook/plot/label-places";
import * as plot from "../../../lib/notebook/plot/plot";

const plane = { width: 600, height: 300, fontSize: 13 };
const ranges = { x: [0, 1], y: [0, 1] } as const;

test("a label stands above its dot where nothing is in its way", () => {
  assert.equal(
    labelPlaces(
      [
        { x: 0.2, y: 0.5, label: "a" },
        { x: 0.8, y: 0.5, label: "b" },
      ],
      ranges,
      plane,
    ),
    ["top center", "top center"],
  );
});

test("labels of near dots do not stand on each other", () => {
  // 18 px apart, each label some 100 px wide: the second goes below
  const near = [
    { x: 0.5, y: 0.5, label: "question as typed" },
    { x: 0.53, y: 0.5, label: "the model" },
  ];
  assert.equal(labelPlaces(near, ranges, plane), ["top center", "bottom center"]);
});

test("no label leaves the plane on the left, and the lowest dots have theirs above", () => {
  assert.ok(textWidth("a long name of a system", 13) / 2 > 60);
  const [edge] = labelPlaces([{ x: 0.02, y: 0.5, label: "a long name of a system" }], ranges, plane);
  assert.match(edge!, "right");
  assert.equal(labelPlaces([{ x: 0.5, y: 0, label: "low" }], ranges, plane), ["top center"]);
});

test("points place the labels of a few dots so, series by series", () => {
  const rows = [
    { system: "question as typed", precision: 0.5, recall: 0.1 },
    { system: "expert query", precision: 0.7, recall: 0.9 },
    { system: "the model", precision: 0.48, recall: 0.1 },
  ];
  const [trace] = plot.points(rows, "precision", "recall", { label: "system" }).data as { textposition: string[] }[];
  assert.is(new Set([trace!.textposition[0], trace!.textposition[2]]).size, 2);
});

test.run();
