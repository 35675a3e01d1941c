/**
 * The running notebook cell, as our kernel hands it to display code.
 *
 * Display code and kernel may each load their own copy of this module (the kernel from `dist/`, a test
 * from `lib/`), so the accessor lives on `globalThis` under a registered symbol: both copies agree.
 */

/** MIME type → string, or an object for JSON types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** What code can ask of the cell it runs in. */
export interface Cell {
  /** Fires when this cell is interrupted. Long loops look at it and return what they have. */
  readonly signal: AbortSignal;
  /** Shows a bundle in this cell; with an id already shown, replaces it. */
  display(data: MimeBundle, options?: { id?: string; metadata?: Record<string, unknown> }): void;
}

const accessor = Symbol.for("deepretrieval.cell");

type Host = { [accessor]?: () => Cell | undefined };

/** The cell whose code is running (also after awaits), or undefined outside our kernel. */
export function currentCell(): Cell | undefined {
  return (globalThis as Host)[accessor]?.();
}

/** Installs the accessor that `currentCell` reads; the kernel calls it once, before the first cell. */
export function provideCell(current: () => Cell | undefined): void {
  (globalThis as Host)[accessor] = current;
}
