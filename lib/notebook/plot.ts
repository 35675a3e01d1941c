/** Figures from records or frames. Each is plain plotly JSON: change its layout freely before showing it. */
export { bars } from "./plot-bars";
export { curves } from "./plot-curves";
export { lines } from "./plot-lines";
export { points } from "./plot-points";
export type { Figure } from "./figure";
