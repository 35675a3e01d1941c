import { type Font, type FontSource, inkWidth } from "./png";
import { textWidth } from "./text-width";

/** Families worth drawing with, best first; every common system has one of them. */
const wanted = [
  "Inter",
  "Helvetica Neue",
  "Helvetica",
  "Arial",
  "Segoe UI",
  "Roboto",
  "Noto Sans",
  "Open Sans",
  "Liberation Sans",
  "DejaVu Sans",
];
const sample = "Sphinx of black quartz, judge my vow 0123456789";

/**
 * The first of the wanted families that is installed, else whatever the drawing library falls back to, undefined
 * where there is no font at all. The library does not say which families it has, but text in an unknown one comes
 * out in the fallback: a family is there when its text is not as wide as an unknown family's.
 */
export function findFont(source: FontSource = {}): Font | undefined {
  const fallback = inkWidth(sample, "No Such Family", source);
  if (fallback === undefined) return undefined;
  const family = wanted.find((name) => inkWidth(sample, name, source) !== fallback);
  const width = family === undefined ? fallback : inkWidth(sample, family, source)!;
  return { family: family ?? "sans-serif", stretch: width / textWidth(sample, 100, 1) };
}
