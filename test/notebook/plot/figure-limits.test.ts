import { test } from "uvu";
import * as assert from "uvu/assert";
import { figurePainter } from "../../../lib/notebook/plot/image/figure-image";
import { plainFigure } from "../../../lib/notebook/plot/figure-json";
import { render, renderText } from "../../../lib/notebook/render/render";

/** Figures that cannot be drawn get a sentence, within seconds, and the next figure draws. */

const textOf = async (value: unknown) => String((await render(value))["text/plain"]);
const curve = { data: [{ y: [1, 3, 2] }], layout: { width: 200, height: 150 } };

test("a figure that takes too much of the processor is given up, and the next one draws", async () => {
  const draw = figurePainter({}, { start: 120, draw: 3, wait: 120, largest: 4000 });
  const endless = { data: [{ mode: "markers", y: Array.from({ length: 1_000_000 }, (_, i) => i % 97) }], layout: {} };
  await draw(endless).then(
    () => assert.unreachable("it was drawn"),
    (error: Error) => assert.match(error.message, /it took more than 3 s of the processor|out of memory/),
  );
  assert.match((await draw(curve)).svg, "<svg");
});

test("images from elsewhere are left out of the picture, and nothing waits for them", async () => {
  const figure = {
    ...curve,
    layout: {
      ...curve.layout,
      images: [{ source: "https://unreachable.invalid/logo.png", x: 0, y: 1, sizex: 1, sizey: 1 }],
    },
  };
  assert.ok("image/png" in (await render(figure)) || "image/svg+xml" in (await render(figure)));
});

test("values of any kind are plotted or left out", async () => {
  const odd = {
    y: [1, NaN, Infinity, null, undefined, "4", 5n, new Date(0)],
    x: new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]),
    customdata: new Set([1]),
    text: () => "f",
  };
  const { data } = plainFigure({ data: [odd], layout: {} });
  assert.equal(data, [
    {
      y: [1, null, null, null, null, "4", 5, "1970-01-01T00:00:00.000Z"],
      x: [1, 2, 3, 4, 5, 6, 7, 8],
      customdata: [1],
      text: undefined,
    },
  ]);
  assert.ok("image/png" in (await render({ data: [odd], layout: curve.layout })));
});

test("what cannot be read, refers to itself or is too large is said", async () => {
  const cyclic: Record<string, unknown> = { title: {} };
  cyclic["again"] = cyclic;
  assert.match(await textOf({ data: curve.data, layout: cyclic }), "(no picture: layout.again refers to itself)");
  assert.match(
    await textOf({
      data: curve.data,
      layout: {
        get title(): string {
          throw new Error("no title");
        },
      },
    }),
    "(no picture: layout.title cannot be read: no title)",
  );
  assert.match(
    await textOf({ data: [{ y: new Float64Array(6_000_000) }], layout: {} }),
    /no picture: data\[0\]\.y and what comes before it hold more than 5 million values/,
  );
  for (const size of [0, -5, 1e9])
    assert.match(
      await textOf({ ...curve, layout: { width: size, height: 100 } }),
      /no picture: its size is -?\d+ × 100, and 1 to 4000 CSS pixels on a side can be drawn/,
    );
  assert.match(await renderText({ data: curve.data, layout: cyclic }), "refers to itself");
});

test("a figure's text is short, however many bars it has", async () => {
  const bars = {
    data: [
      {
        type: "bar",
        x: Array.from({ length: 300_000 }, (_, i) => `b${i}`),
        y: Array.from({ length: 300_000 }, (_, i) => i),
      },
    ],
    layout: {},
  };
  const text = await renderText(bars);
  assert.is(text.split("\n").length, 41);
  assert.match(text, /… 299960 more$/);
});

test.run();
