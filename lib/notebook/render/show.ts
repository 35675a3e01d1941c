import { currentCell, type Cell } from "../cell";
import { renderText, renderWithMetadata } from "./render";
import { openScreen } from "./screen";

/**
 * Shows a value in the output of the cell: a frame as a table, a figure as a plot, a record of this library in its own
 * form, text as text, and streamed text, such as `policy.stream(prompt)`, as it arrives. A cell may show several
 * values. Outside a notebook it prints.
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

/** Interrupting the cell stops the stream. The text so far stays. */
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
