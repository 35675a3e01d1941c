/** Advance widths of Helvetica for the characters from space to tilde, in thousandths of the font size. */
const helvetica = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];
const wide = 1000; // East Asian characters and pictographs fill the square
const other = 600; // accented letters, arrows, dashes

/**
 * Width of one line of `text` at `fontSize` px, in px. `stretch` is how much wider than Helvetica the font in use
 * runs: 1.14 for DejaVu, Verdana and Open Sans, the widest in common use.
 */
export function textWidth(text: string, fontSize: number, stretch = 1.14): number {
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    thousandths += helvetica[code - 32] ?? (code > 0x2e80 ? wide : other);
  }
  return (thousandths / 1000) * fontSize * stretch;
}
