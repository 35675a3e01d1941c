/** Kinds of traces that only a browser can draw, and why. */
export const browserOnly: Readonly<Record<string, string>> = {
  ...because("needs WebGL", [
    "scatter3d",
    "surface",
    "mesh3d",
    "cone",
    "streamtube",
    "volume",
    "isosurface",
    "splom",
    "parcoords",
  ]),
  ...because("needs map tiles from the network", [
    "scattermap",
    "choroplethmap",
    "densitymap",
    "scattermapbox",
    "choroplethmapbox",
    "densitymapbox",
  ]),
  ...because("needs the outlines of countries from the network", ["scattergeo", "choropleth"]),
};

/** Kinds that draw the same without WebGL, only slower. */
export const withoutWebGL: Readonly<Record<string, string>> = {
  scattergl: "scatter",
  scatterpolargl: "scatterpolar",
  heatmapgl: "heatmap",
};

const drawn =
  "scatter bar box heatmap histogram histogram2d histogram2dcontour contour scatterternary violin funnel " +
  "waterfall image pie sunburst treemap icicle funnelarea parcats sankey indicator table carpet scattercarpet " +
  "contourcarpet ohlc candlestick scatterpolar barpolar scattersmith quiver";

/** Every kind of trace that plotly.js 4 knows, and those of 2 that notebooks still hold. */
export const traceTypes: ReadonlySet<string> = new Set([
  ...drawn.split(" "),
  ...Object.keys(browserOnly),
  ...Object.keys(withoutWebGL),
]);

function because(why: string, types: readonly string[]): Record<string, string> {
  return Object.fromEntries(types.map((type) => [type, why]));
}
