const aTime = /\b(?:seconds?|timing\w*|elapsed)\b|\((?:ms|s|min|h)\)/i;

/**
 * `text` with "<duration>" in place of the numbers under every heading that names a time ("seconds, all steps",
 * "p50 (s)"), in tables drawn with lines as `show` prints them. Lines of such a table lose their lengths, which follow
 * the widths of the numbers.
 */
export function withoutTimeColumns(text: string): string {
  let times: readonly boolean[] | undefined; // of the table that is being read, one for each column
  let heading = false; // whether the next row of cells is a heading
  return text
    .split("\n")
    .map((line) => {
      if (line.startsWith("┌")) heading = true;
      else if (!/^[│├└]/.test(line)) times = undefined;
      const cells = line.startsWith("│") ? line.split("│").slice(1, -1) : undefined;
      if (cells !== undefined && heading) {
        times = cells.map((cell) => aTime.test(cell));
        heading = false;
      }
      if (cells === undefined) return /^[┌├└]/.test(line) ? line.replace(/─+/g, "─") : line;
      return `│${cells.map((cell, i) => (times?.[i] ? timeless(cell) : cell)).join("│")}│`;
    })
    .join("\n");
}

const timeless = (cell: string): string =>
  /^[\s\d.e+−-]*\d[\s\d.e+−-]*$/.test(cell) ? " <duration> " : ` ${cell.trim()} `;
