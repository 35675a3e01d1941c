import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { darkInk, ink } from "../plot/theme";
import { browserScript } from "../render/browser/browser-script";
import { frameScript } from "../render/table/frame-script";
import { scriptJson } from "../render/text/escape";

/** A script element with `value` as JSON. No text inside the JSON can end the element. */
export const pageData = (value: unknown): string => `<script type="application/json">${scriptJson(value)}</script>`;

/**
 * The scripts that a page with this body needs, "" for none: they sort frames and draw interactive plots. The page
 * contains plotly, compressed to 2 MB. Where the browser cannot unpack or draw, the pictures stay.
 */
export function pageScripts(body: string): string {
  const tables = [
    ["data-frame", frameScript],
    ["data-browser", browserScript],
  ]
    .filter(([mark]) => body.includes(`<div ${mark}`))
    .map(([mark, script]) => `<script>document.querySelectorAll("[${mark}]").forEach(${script});</script>`)
    .join("\n");
  if (!body.includes("<figure data-plot")) return tables;
  const plotly = gzipSync(readFileSync(require.resolve("plotly.js-dist-min"))).toString("base64");
  return `${tables}\n<script type="text/plain" id="plotly">${plotly}</script>\n<script>${drawPlots}</script>`;
}

/** Draws each figure in the colours of the page, and again when the reader changes these. */
const drawPlots = `(async () => {
  const base64 = document.getElementById("plotly").textContent;
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const code = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const script = document.createElement("script");
  script.textContent = code;
  document.head.append(script);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const inks = ${JSON.stringify(darkInk)};
  const darkened = (value) =>
    typeof value === "string" ? inks[value] ?? value
    : Array.isArray(value) ? value.map(darkened)
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, darkened(v)]))
    : value;
  const inColours = ({ data, layout }) => dark.matches && layout.paper_bgcolor === "${ink.ground}"
    ? { data: data.map((trace) => ({ ...trace, ...darkened(visual(trace)) })), layout: { ...darkened(layout),
        modebar: { ...layout.modebar, bgcolor: inks["${ink.ground}"], color: inks["${ink.quiet}"] },
        hoverlabel: { bgcolor: "#1c232b", bordercolor: inks["${ink.axis}"], font: { color: inks["${ink.text}"] } } } }
    : { data, layout };
  const visual = ({ marker, line, textfont, error_x, error_y, fillcolor }) => Object.fromEntries(
    Object.entries({ marker, line, textfont, error_x, error_y, fillcolor }).filter(([, value]) => value !== undefined));
  for (const figure of document.querySelectorAll("[data-plot]")) {
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const still = figure.querySelector("img, pre");
    const live = document.createElement("div");
    live.style.height = (layout.height || 360) + "px";
    if (layout.width) live.style.width = layout.width + "px";
    figure.append(live);
    if (layout.paper_bgcolor !== "${ink.ground}") live.className = "card";
    const draw = (how) => {
      const shown = inColours({ data, layout });
      return Plotly[how](live, shown.data, shown.layout, { responsive: true, displaylogo: false });
    };
    try {
      await draw("newPlot");
      still?.remove();
      dark.addEventListener("change", () => draw("react"));
    } catch (error) {
      live.remove();
      console.error(error);
    }
  }
})();`;
