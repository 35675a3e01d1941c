import { textWidth } from "./image/text-width";
/**
 * The style of every figure: a white ground, thin dark text, hairline grid, and colours that stay apart for
 * colour-blind readers (Okabe and Ito 2008, without their yellow, which vanishes on white).
 */
export const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;

export const ink = {
  text: "#333333",
  quiet: "#6b6b6b",
  grid: "#ececec",
  axis: "#bdbdbd",
  aside: "#b9c6d0",
  ground: "#ffffff",
} as const;

const modebarGround = "rgba(255,255,255,.8)";

/** What a page with a dark ground draws in place of each colour. A figure without these colours stays on white. */
export const darkInk: Readonly<Record<string, string>> = {
  [ink.text]: "#dfe6ee",
  [ink.quiet]: "#9aa8b6",
  [ink.grid]: "#2d3742",
  [ink.axis]: "#4a5764",
  [ink.aside]: "#55636f",
  [ink.ground]: "rgba(0,0,0,0)", // the page's own
  [palette[0]]: "#4aa3df",
  [palette[1]]: "#ee7d2b",
  [palette[2]]: "#2cbf94",
  [modebarGround]: "rgba(0,0,0,0)",
};

/** CSS stack for browsers. Pictures drawn here name the one family that was found (see font.ts). */
export const fontStack = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** The `i`-th colour, starting again after the last. */
export const colour = (i: number): string => palette[i % palette.length]!;

/** `#rrggbb` with an opacity in [0, 1]. Written out as rgba, which every SVG reader understands. */
export function faded(hex: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${opacity})`;
}

/** What every axis has in common. `title` stands beside it where given. */
export function axis(title = ""): Record<string, unknown> {
  return {
    title: { text: title, font: { size: 13, color: ink.quiet }, standoff: 10 },
    tickfont: { size: 12, color: ink.quiet },
    gridcolor: ink.grid,
    gridwidth: 1,
    linecolor: ink.axis,
    zeroline: false,
    automargin: true,
    exponentformat: "e",
    nticks: 6,
  };
}

/** CSS pixels above the title, where plotly shows its buttons when the reader points at a figure. */
export const buttons = 22;

/** The frame around the axes. */
export function layout(title: string | undefined, height: number): Record<string, unknown> {
  return {
    ...(title === undefined
      ? {}
      : {
          title: {
            text: title,
            font: { size: titleSize(title), color: ink.text },
            x: 0,
            xref: "paper",
            xanchor: "left",
            y: 1,
            yref: "container",
            yanchor: "top",
            pad: { t: 14 + buttons },
          },
        }),
    font: { family: fontStack, size: 13, color: ink.text },
    paper_bgcolor: ink.ground,
    plot_bgcolor: ink.ground,
    colorway: [...palette],
    hovermode: "x unified",
    modebar: {
      remove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "sendDataToCloud"],
      bgcolor: modebarGround,
    },
    height,
  };
}

/** Ticks for an axis of steps: plotly would put halves between a few whole numbers. */
export function wholeTicks(values: readonly unknown[]): Record<string, unknown> {
  const numbers = values.filter((value): value is number => typeof value === "number");
  if (numbers.length === 0 || !numbers.every(Number.isInteger)) return {};
  const span = numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b));
  return { tickformat: ",d", ...(span <= 5 && { tickmode: "linear", tick0: numbers[0], dtick: 1 }) };
}

const titleWidth = 640; // CSS pixels: a figure in a page of 800, less its margins

/** 16 px, or smaller for a long title, down to 12: plotly cuts a title that is wider than the figure. */
const titleSize = (title: string): number =>
  Math.max(12, Math.min(16, Math.floor((16 * titleWidth) / textWidth(title, 16))));
