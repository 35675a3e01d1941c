/**
 * Figures from records or frames. Each is plain plotly JSON: change its layout freely before showing it.
 * @module
 */
export { bars } from "./bars";
export { curves } from "./curves";
export { lines } from "./lines";
export { points } from "./points";
export type { Figure } from "./figure";
