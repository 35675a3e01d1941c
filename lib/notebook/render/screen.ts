import type { Cell, MimeBundle } from "../cell";

/** A place on the screen that can be redrawn. */
export interface Screen {
  draw(data: MimeBundle, metadata?: Record<string, unknown>): void;
}

/** Numbers the displays of a process; an id only has to differ from the others of its notebook. */
let displays = 0;

/**
 * The output area of `cell`, or standard error outside a notebook: standard output belongs to results. A terminal
 * is redrawn in place, a log file gets the lines one below the other. Of a text, the first line is redrawn; those after
 * it stay.
 */
export function openScreen(cell: Cell | undefined): Screen {
  if (cell) {
    const id = `deepretrieval-${process.pid}-${++displays}`;
    return { draw: (data, metadata = {}) => cell.display(data, { id, metadata }) };
  }
  const terminal = process.stderr.isTTY === true;
  let shown = "";
  return {
    draw(data) {
      const text = String(data["text/plain"] ?? "");
      const [line = "", ...others] = text.split("\n");
      if (text === shown) return;
      shown = text;
      for (const other of others) process.stderr.write(`${terminal ? "\r\u001b[2K" : ""}${other}\n`);
      process.stderr.write(terminal ? `\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${line}\n`);
    },
  };
}

/** Leaves the line of a redrawn terminal, so that what is printed next starts on its own. */
export function closeScreen(cell: Cell | undefined): void {
  if (!cell && process.stderr.isTTY === true) process.stderr.write("\n");
}

/** Shows `text` where `screen` is, or on standard error if not even that can be shown. */
export function sayPlainly(screen: Screen, text: string): void {
  try {
    screen.draw({ "text/plain": text });
  } catch (error) {
    process.stderr.write(
      `${text}\nThe cell's output cannot be written: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}
