import { currentCell } from "./cell";
import { renderText, renderWithMetadata } from "./render";

/**
 * Shows a value where the reader is: a frame as a table, a figure as a plot, our records as they see fit, text as
 * text. A cell may show several. Outside a notebook it prints.
 */
export async function show(value: unknown): Promise<void> {
  const cell = currentCell();
  if (!cell) return console.log(await renderText(value));
  const { data, metadata } = await renderWithMetadata(value);
  cell.display(data, { metadata });
}
