import { test } from "uvu";
import * as assert from "uvu/assert";
import { figureImage } from "../../../lib/notebook/plot/image/figure-image";
import { render } from "../../../lib/notebook/render/render";

/** Every kind of trace of plotly.js 4.1.2 with the smallest example of its documentation: a picture, or a sentence. */

const z = [
  [1, 20, 30],
  [20, 1, 60],
  [30, 60, 1],
];
const prices = {
  x: ["2017-01-17", "2017-01-18", "2017-01-19"],
  open: [118.3, 120, 119],
  high: [120.2, 121.5, 120.9],
  low: [117.7, 119.1, 118],
  close: [120, 119.2, 120.5],
};
const tree = { labels: ["Eve", "Cain", "Seth", "Enos"], parents: ["", "Eve", "Eve", "Seth"], values: [10, 4, 6, 2] };
const carpet = {
  a: [4, 4, 4, 4.5, 4.5, 4.5, 5, 5, 5],
  b: [1, 2, 3, 1, 2, 3, 1, 2, 3],
  y: [2, 3.5, 4, 3, 4.5, 5, 5.5, 6.5, 7.5],
  carpet: "c",
};
const corners = { x: [0, 1, 2, 0], y: [0, 0, 1, 2], z: [0, 2, 0, 1] };

const drawn: Readonly<Record<string, object | readonly object[]>> = {
  scatter: { x: [1, 2, 3], y: [10, 15, 13] },
  scattergl: { x: [1, 2, 3], y: [10, 15, 13], mode: "markers" },
  bar: { x: ["giraffes", "orangutans"], y: [20, 14] },
  box: { y: [1, 2, 3, 4, 9] },
  violin: { y: [1, 2, 2, 3, 4, 9] },
  histogram: { x: [1, 2, 2, 3, 3, 3] },
  histogram2d: { x: [1, 2, 2, 3], y: [1, 2, 2, 3] },
  histogram2dcontour: { x: [1, 2, 2, 3], y: [1, 2, 2, 3] },
  heatmap: { z },
  contour: { z },
  image: {
    z: [
      [
        [255, 0, 0],
        [0, 255, 0],
      ],
      [
        [0, 0, 255],
        [255, 255, 0],
      ],
    ],
  },
  funnel: { y: ["visits", "sales"], x: [39, 12] },
  waterfall: { x: ["sales", "costs", "net"], measure: ["relative", "relative", "total"], y: [60, -20, 0] },
  candlestick: prices,
  ohlc: prices,
  pie: { values: [19, 26, 55], labels: ["a", "b", "c"] },
  sunburst: tree,
  treemap: tree,
  icicle: tree,
  funnelarea: { values: [5, 4, 3], text: ["first", "second", "third"] },
  sankey: { node: { label: ["A", "B", "C"] }, link: { source: [0, 1], target: [2, 2], value: [8, 4] } },
  indicator: {
    mode: "gauge+number+delta",
    value: 270,
    delta: { reference: 300 },
    gauge: { axis: { range: [0, 500] } },
  },
  table: {
    header: { values: ["a", "b"] },
    cells: {
      values: [
        [1, 2],
        [3, 4],
      ],
    },
  },
  parcats: {
    dimensions: [
      { label: "hair", values: ["black", "brown", "brown"] },
      { label: "eye", values: ["brown", "blue", "brown"] },
    ],
  },
  scatterternary: { a: [75, 70, 75], b: [25, 10, 20], c: [0, 20, 5], mode: "markers" },
  scatterpolar: { r: [1, 2, 3], theta: [50, 100, 200], mode: "markers" },
  scatterpolargl: { r: [1, 2, 3], theta: [50, 100, 200], mode: "markers" },
  barpolar: { r: [77, 57, 40], theta: ["N", "E", "S"] },
  scattersmith: { real: [0.2, 1], imag: [0.5, 1], mode: "markers" },
  carpet,
  scattercarpet: [
    { type: "carpet", ...carpet },
    { type: "scattercarpet", a: [4, 4.5, 5], b: [1.5, 2.5, 1.5], carpet: "c" },
  ],
  contourcarpet: [
    { type: "carpet", ...carpet },
    { type: "contourcarpet", a: carpet.a, b: carpet.b, z: [1, 2, 3, 2, 3, 4, 3, 4, 5], carpet: "c" },
  ],
  quiver: { x: [0, 1], y: [0, 1], u: [1, 0], v: [0, 1] },
};

const refused: Readonly<Record<string, [data: object, why: RegExp]>> = {
  scatter3d: [corners, /WebGL/],
  surface: [{ z }, /WebGL/],
  mesh3d: [corners, /WebGL/],
  isosurface: [{ ...corners, value: [1, 2, 3, 4] }, /WebGL/],
  volume: [{ ...corners, value: [1, 2, 3, 4] }, /WebGL/],
  cone: [{ x: [1], y: [1], z: [1], u: [1], v: [1], w: [0] }, /WebGL/],
  streamtube: [{ x: [0, 0, 1], y: [0, 1, 0], z: [0, 0, 0], u: [1, 1, 1], v: [0, 0, 0], w: [0, 0, 0] }, /WebGL/],
  splom: [
    {
      dimensions: [
        { label: "a", values: [1, 2] },
        { label: "b", values: [3, 4] },
      ],
    },
    /WebGL/,
  ],
  parcoords: [
    {
      dimensions: [
        { label: "a", values: [1, 4] },
        { label: "b", values: [3, 1.5] },
      ],
    },
    /WebGL/,
  ],
  scattergeo: [{ lon: [10], lat: [50], mode: "markers" }, /outlines of countries/],
  choropleth: [{ locations: ["DEU", "FRA"], z: [1, 2] }, /outlines of countries/],
  scattermap: [{ lon: [10], lat: [50], mode: "markers" }, /map tiles/],
  choroplethmap: [{ locations: ["x"], z: [1], geojson: { type: "FeatureCollection", features: [] } }, /map tiles/],
  densitymap: [{ lon: [10], lat: [50], z: [1] }, /map tiles/],
};

const figure = (type: string, traces: object | readonly object[]) => ({
  data: Array.isArray(traces) ? (traces as object[]) : [{ type, ...traces }],
  layout: { width: 420, height: 300 },
});
const seconds: [type: string, came: string, seconds: number][] = [];
const timed = async <T>(type: string, came: string, work: () => Promise<T>): Promise<T> => {
  const from = performance.now();
  const result = await work();
  seconds.push([type, came, (performance.now() - from) / 1000]);
  return result;
};

test("plotly has these kinds of traces and no other", () => {
  const names = /name:"(\w+)",basePlotModule/g;
  const { readFileSync } = require("node:fs") as typeof import("node:fs");
  const known = new Set(
    [...readFileSync(require.resolve("plotly.js-dist-min"), "utf8").matchAll(names)].map(([, name]) => name!),
  );
  for (const name of known) assert.ok(name in drawn || name in refused, `${name} has no example`);
});

const marks = (svg: string): number =>
  (svg.match(/<(path|image|circle|rect|text)\b[^>]*/g) ?? []).filter(
    (mark) => !/class="(x|y)?(bg|grid|tick|crisp)/.test(mark),
  ).length;

test("drawn: the picture holds more than the same figure without its trace", async () => {
  await figureImage({ data: [], layout: {} }); // opens plotly
  for (const [type, traces] of Object.entries(drawn)) {
    const shown = figure(type, traces);
    const { svg } = await timed(type, "drawn", () => figureImage(shown));
    const { svg: without } = await figureImage({
      ...shown,
      data: shown.data.map((trace) => ({ ...trace, visible: false })),
    });
    assert.ok(marks(svg) >= 2 && svg !== without, `${type}: ${marks(svg)} marks, ${marks(without)} without`);
    if (process.env["PICTURES"])
      require("node:fs").writeFileSync(`${process.env["PICTURES"]}/${type}.png`, (await figureImage(shown)).png!);
  }
});

test("refused: the text says why at once, and the interactive form is there all the same", async () => {
  for (const [type, [traces, why]] of Object.entries(refused)) {
    const bundle = await timed(type, "refused", () => render(figure(type, traces)));
    assert.match(String(bundle["text/plain"]), why, type);
    assert.match(String(bundle["text/plain"]), `(no picture: ${type} needs`);
    assert.not.ok("image/png" in bundle, type);
    assert.ok("application/vnd.plotly.v1+json" in bundle, type);
  }
});

test("each takes seconds at most", () => {
  console.log(
    seconds.map(([type, came, took]) => `${type.padEnd(20)} ${came.padEnd(8)} ${took.toFixed(2)} s`).join("\n"),
  );
  for (const [type, , took] of seconds) assert.ok(took < 8, `${type} took ${took} s`);
});

test.run();
