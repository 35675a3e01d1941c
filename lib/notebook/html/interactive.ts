import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
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

const drawPlots = `(async () => {
  const base64 = document.getElementById("plotly").textContent;
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const code = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const script = document.createElement("script");
  script.textContent = code;
  document.head.append(script);
  for (const figure of document.querySelectorAll("[data-plot]")) {
    const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
    const still = figure.querySelector("img, pre");
    const live = document.createElement("div");
    live.style.height = (layout.height || 360) + "px";
    if (layout.width) live.style.width = layout.width + "px";
    figure.append(live);
    try {
      await Plotly.newPlot(live, data, layout, { responsive: true, displaylogo: false });
      still?.remove();
    } catch (error) {
      live.remove();
      console.error(error);
    }
  }
})();`;
