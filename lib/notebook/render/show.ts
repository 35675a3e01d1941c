import { currentCell, type Cell } from "../cell";
import { renderText, renderWithMetadata } from "./render";
import { openScreen } from "./screen";

/**
 * Shows a value where the reader is: a frame as a table, a figure as a plot, our records as they see fit, text as
 * text, and text that is still being written, such as `policy.stream(prompt)`, as it comes. A cell may show several.
 * Outside a
 * notebook it prints.
 */
export async function show(value: unknown): Promise<void> {
  const cell = currentCell();
  if (isStream(value)) return showStream(value, cell);
  if (!cell) return console.log(await renderText(value));
  const { data, metadata } = await renderWithMetadata(value);
  cell.display(data, { metadata });
}

const isStream = (value: unknown): value is AsyncGenerator<unknown> =>
  typeof (value as { [Symbol.asyncIterator]?: unknown } | null)?.[Symbol.asyncIterator] === "function" &&
  typeof (value as { return?: unknown }).return === "function";

/** Interrupting the cell stops the writer; what it has written stays. */
async function showStream(stream: AsyncGenerator<unknown>, cell: Cell | undefined): Promise<void> {
  const stop = () => void stream.return(undefined).catch(() => undefined); // the loop below meets the same error
  const screen = cell && openScreen(cell);
  cell?.signal.addEventListener("abort", stop, { once: true });
  let text = "";
  let drawn = -Infinity;
  try {
    for await (const piece of stream) {
      text += String(piece);
      if (!screen) process.stdout.write(String(piece));
      else if (performance.now() - drawn > 100) screen.draw({ "text/plain": text }), (drawn = performance.now());
    }
  } finally {
    cell?.signal.removeEventListener("abort", stop);
    if (screen) screen.draw({ "text/plain": text });
    else process.stdout.write("\n");
  }
}
