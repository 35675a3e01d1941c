import { darkInk, ink } from "../plot/theme";

/** The rule that draws a picture's colours as a dark page has them. A picture follows the page that shows it. */
const darkStyle =
  "<style>@media (prefers-color-scheme: dark) {" +
  Object.entries(darkInk)
    .map(([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
    .join("") +
  "}</style>";

const drawnPictures = /<img ([^>]*)src="data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)"/g;

/**
 * HTML in which the SVG pictures with the ground of our figures (the curves of a run) have a dark form, too. Such an
 * `img` has the class "themed". Other pictures stay as they are: their colours are not known.
 */
export function darkCurves(html: string): string {
  return html.replace(drawnPictures, (whole: string, attributes: string, base64: string) => {
    const svg = Buffer.from(base64, "base64").toString();
    if (!svg.includes(`fill="${ink.ground}"`)) return whole;
    const themed = Buffer.from(svg.replace(/^<svg [^>]*>/, (opening) => opening + darkStyle)).toString("base64");
    return `<img class="themed" ${attributes}src="data:image/svg+xml;base64,${themed}"`;
  });
}
