import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { textWidth } from "../../../lib/notebook/plot/image/text-width";
import * as plot from "../../../lib/notebook/plot/plot";

const rows = [1, 2, 3, 4].map((step) => ({
  step,
  "reward/mean": step * step,
  "critic/kl": 0,
  ...(step % 2 ? {} : { "val/recall": step / 10 }),
}));

test("a figure is plain JSON that prints as text", () => {
  const figure = plot.lines(rows, "step", ["reward/mean"], { title: "Reward" });
  assert.equal(Object.keys(figure), ["data", "layout"]);
  assert.equal(
    JSON.parse(JSON.stringify(figure)),
    JSON.parse(JSON.stringify({ data: figure.data, layout: figure.layout })),
  );
  assert.is(inspect(figure), "Reward\nreward  ▁▂▅█  1 → 16"); // (1, 4, 9, 16 − 1) / 15 · 7 = 0, 1.4, 3.7, 7
});

test("smoothing draws the running mean over the faint raw values", () => {
  const [raw, mean] = plot.lines(rows, "step", ["reward/mean"], { smooth: 3 }).data as { y: number[] }[];
  assert.equal(raw!.y, [1, 4, 9, 16]);
  assert.equal(mean!.y, [2.5, 14 / 3, 29 / 3, 12.5]);
});

test("lines may hold their value until the next, and ranks may be drawn on a logarithmic scale", () => {
  const { data, layout } = plot.lines(
    [
      { rank: 1, reward: 6 },
      { rank: 6, reward: 5 },
    ],
    "rank",
    ["reward"],
    { steps: true, logX: true },
  ) as unknown as { data: { line: { shape: string } }[]; layout: { xaxis: { type: string } } };
  assert.equal([data[0]!.line.shape, layout.xaxis.type], ["hv", "log"]);
});

test("curves make a panel for each entry, several columns in one where asked", () => {
  const { data, layout } = plot.curves(rows, "step", ["reward/mean", ["critic/kl", "val/recall"]]);
  assert.equal(
    (data as { yaxis: string }[]).map((trace) => trace.yaxis),
    ["y", "y2", "y2"],
  );
  assert.match(JSON.stringify(layout), "xaxis2");
});

test("bars take half-widths, pairs or two columns as their interval", () => {
  const row = { system: "expert", recall: 0.9, half: 0.05, low: 0.85, high: 0.95, pair: [0.85, 0.95] };
  const reach = (error: string | readonly [string, string]) => {
    const [bar] = plot.bars([row], "system", "recall", { error }).data as {
      error_x: { array: number[]; arrayminus: number[] };
    }[];
    return [...bar!.error_x.array, ...bar!.error_x.arrayminus].map((x) => x.toFixed(6));
  };
  for (const error of ["half", "pair", ["low", "high"] as const]) assert.equal(reach(error), ["0.050000", "0.050000"]);
});

test("every bar has its name on the axis, however many there are", () => {
  const many = Array.from({ length: 15 }, (_, i) => ({ system: `system ${i}`, recall: i / 15 }));
  assert.is((plot.bars(many, "system", "recall").layout as { yaxis: { dtick: number } }).yaxis.dtick, 1);
});

test("bars read a frame, and print as bars", () => {
  const figure = plot.bars(
    {
      columns: ["system", "recall"],
      values: [
        ["typed", 0.25],
        ["expert", 0.5],
      ],
    },
    "system",
    "recall",
  );
  assert.is(inspect(figure), `expert  ${"█".repeat(30)} 0.5\ntyped   ${"█".repeat(15)} 0.25`);
});

test("bars stand by value, their labels with equal digits at the outer end", () => {
  const rows = [
    { what: "miss", reward: -3.5 },
    { what: "all", reward: 6 },
    { what: "some", reward: 0.25 },
  ];
  const [bar, written] = plot.bars(rows, "what", "reward").data as {
    y: string[];
    text: string[];
    textposition: string[];
  }[];
  assert.equal(bar!.y, ["all", "some", "miss"]);
  assert.equal(written!.text, ["\u00a0\u00a06.00", "\u00a0\u00a00.25", "−3.50\u00a0\u00a0"]);
  assert.equal(written!.textposition, ["middle right", "middle right", "middle left"]);
  const [kept] = plot.bars(rows, "what", "reward", { order: "rows" }).data as { y: string[] }[];
  assert.equal(kept!.y, ["miss", "all", "some"]);
  const shares = plot.bars(
    [
      { a: "x", v: 1 },
      { a: "y", v: 0.5 },
    ],
    "a",
    "v",
  ).data[1] as { text: string[] };
  assert.equal(shares.text, ["\u00a0\u00a01.000", "\u00a0\u00a00.500"]);
});

test("lines that coincide are told apart: the later one is dashed", () => {
  const same = [1, 2, 3].map((step) => ({ step, a: step, b: step, c: -step }));
  const dashes = (plot.lines(same, "step", ["a", "b", "c"]).data as { line: { dash?: string } }[]).map(
    ({ line }) => line.dash,
  );
  assert.equal(dashes, [undefined, "dash", undefined]);
});

test("beside a long name stands the last value alone, or none, so that no heading leaves its panel", () => {
  const steps = [-0.2431, -0.0545].map((value, step) => ({ step, a: 1, "critic/vf_explained_var": value, b: 1 }));
  const texts = (columns: string[]) =>
    (plot.curves(steps, "step", columns).layout as unknown as { annotations: { text: string }[] }).annotations.map(
      ({ text }) => text.replace(/<[^>]*>|\u00a0/g, ""),
    );
  assert.equal(texts(["a", "critic/vf_explained_var", "b"]), ["a 1 → 1", "explained variance → −0.0545", "b 1 → 1"]);
  assert.equal(texts(["critic/vf_explained_var"]), ["explained variance −0.243 → −0.0545"]); // wider panels
});

test("names of bars that look like numbers are names; a long title is written smaller, a short one is not", () => {
  const rows = ["1", "4", "16"].map((clients, i) => ({ clients, rate: i + 1 }));
  const layoutOf = (title: string) =>
    plot.bars(rows, "clients", "rate", { title }).layout as unknown as {
      yaxis: { type: string };
      title: { font: { size: number } };
    };
  assert.is(layoutOf("Rate").yaxis.type, "category");
  assert.is(layoutOf("Rate").title.font.size, 16);
  const long = "Advantage of each answer of the last step, and what it would have been without a cost";
  const { size } = layoutOf(long).title.font;
  assert.ok(size < 16 && size >= 12 && textWidth(long, size) <= 640, `${size} px`);
});

test("an axis of steps has whole ticks, an all-zero panel begins at zero, headings leave room for the buttons", () => {
  const few = [1, 2, 3].map((step) => ({ step, zero: 0, kl: step / 7 }));
  const { layout } = plot.curves(few, "step", ["zero", "kl"]) as {
    layout: Record<string, { dtick?: number; range?: number[]; t?: number }>;
  };
  assert.is(layout["xaxis"]!.dtick, 1);
  assert.equal(layout["yaxis"]!.range, [0, 1]);
  assert.is(layout["yaxis2"]!.range, undefined);
  assert.ok(layout["margin"]!.t! >= 50); // a heading is 20 high, the buttons 25
});

test("every figure with a title keeps it below the buttons, and lines follow the same rules for their axes", () => {
  const zeros = [1, 2, 3].map((step) => ({ step, name: `bar ${step}`, zero: 0 }));
  type Layout = { title: { pad: { t: number } }; xaxis: { dtick?: number }; yaxis: { range?: number[] } };
  const drawn = [
    plot.lines(zeros, "step", ["zero"], { title: "Zero" }),
    plot.curves(zeros, "step", ["zero"], { title: "Zero" }),
    plot.bars(zeros, "name", "zero", { title: "Zero" }),
    plot.points(zeros, "step", "zero", { title: "Zero" }),
  ].map((figure) => figure.layout as unknown as Layout);
  for (const layout of drawn) assert.ok(layout.title.pad.t >= 25); // the buttons are 25 high
  assert.equal([drawn[0]!.xaxis.dtick, drawn[0]!.yaxis.range], [1, [0, 1]]);
});

test("a misspelt column, an unknown bar and an empty list are refused by name", () => {
  assert.throws(
    () => plot.lines(rows, "step", ["rewrad"]),
    /no row has a column "rewrad". Columns: step, reward\/mean/,
  );
  assert.throws(() => plot.bars([{ a: "x", b: 1 }], "a", "b", { highlight: "y" }), /no bar is called "y". Bars: x/);
  assert.throws(() => plot.curves([], "step", ["a"]), /0 rows/);
});

test.run();
