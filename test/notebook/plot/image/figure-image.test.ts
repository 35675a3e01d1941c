import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { figureImage, figurePainter } from "../../../../lib/notebook/plot/image/figure-image";
import { findFont } from "../../../../lib/notebook/plot/image/font";
import * as plot from "../../../../lib/notebook/plot/plot";
import { render, renderWithMetadata } from "../../../../lib/notebook/render/render";
import { skip } from "../../../skip";

const figure = plot.lines(
  [
    { step: 1, reward: 2 },
    { step: 2, reward: 3 },
  ],
  "step",
  ["reward"],
  { title: "A & B" },
);

test("a figure becomes a PNG of a pixel to the CSS pixel, the same bytes each time", async () => {
  if (!findFont()) return skip("this machine has no font");
  const [first, again] = [await figureImage(figure), await figureImage(figure)];
  const png = first.png!;
  assert.equal([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  assert.equal([png.readUInt32BE(16), png.readUInt32BE(20)], [840, 360]);
  assert.ok(png.equals(again.png!));
  assert.is(first.svg, again.svg);
});

test("the bundle has a form for every reader, and the picture's size", async () => {
  const { data, metadata } = await renderWithMetadata(figure);
  assert.equal((data["application/vnd.plotly.v1+json"] as { data: unknown }).data, figure.data);
  assert.match(String(data["text/plain"]), "A & B");
  const type = "image/png" in data ? "image/png" : "image/svg+xml";
  assert.equal(metadata, { [type]: { width: 840, height: 360 } });
});

test("a figure shows itself by the display symbol", async () => {
  const own = (figure as unknown as Record<symbol, () => Promise<object>>)[Symbol.for("Jupyter.display")]!;
  assert.equal(Object.keys(await own.call(figure)).sort(), Object.keys(await render(figure)).sort());
});

test("without any font the picture is SVG, which the reader's browser writes in its own", async () => {
  const nowhere = { loadSystemFonts: false, fontDirs: [mkdtempSync(join(tmpdir(), "no-fonts-"))] };
  assert.is(findFont(nowhere), undefined);
  const { svg, png } = await figurePainter(nowhere)(figure);
  assert.is(png, undefined);
  assert.match(svg, "<svg");
});

test("what plotly refuses costs the picture, not the cell, nor the next figure", async () => {
  const broken = {
    data: [],
    layout: {
      get title(): string {
        throw new Error("no title");
      },
    },
  };
  const [bad, good] = await Promise.all([render(broken).catch((error: Error) => error.message), render(figure)]);
  assert.match(typeof bad === "string" ? bad : String(bad["text/plain"]), "no title");
  assert.ok("image/png" in good || "image/svg+xml" in good);
});

test.run();
