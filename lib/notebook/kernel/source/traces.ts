import { SourceMap } from "node:module";
import type { Edited } from "./edits";

/** A place in a text, both counted from 1, as stack traces do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * How one running text was made: from TypeScript to JavaScript to CommonJS, then with the kernel's amendments.
 */
export interface Origin {
  readonly shown: string; // how its frames are named: "cell [3]", "lib/x.ts"
  readonly amended: Edited; // what runs, and the way back to what TypeScript made
  readonly compiled: string; // what TypeScript made
  readonly maps: readonly string[]; // source maps, JSON, from what runs towards what was typed
  readonly typed?: (position: Position) => Position; // for cells: from what was compiled to what was typed
}

const tracesDefaults = { remembered: 1000 }; // texts: modules and cells, some 5 kB each

/** Maps the running code to its sources, so that stack frames name lines that a person has written. */
export interface Traces {
  /** Frames of the text that runs as `name` are traced from now on. */
  know(name: string, origin: Origin): void;
  /**
   * A stack frame with its place translated, if it lies in a known text; "" for what tslab put around a cell; else as
   * it is.
   */
  translate(frame: string): string;
}

export function createTraces({ remembered } = tracesDefaults): Traces {
  const origins = new Map<string, Origin>();
  return {
    know(name, origin) {
      origins.delete(name);
      origins.set(name, origin);
      if (origins.size > remembered) for (const oldest of origins.keys()) if (origins.delete(oldest)) break;
    },
    translate(frame) {
      const placed = placeOf(frame);
      const origin = placed && origins.get(placed.file);
      if (!placed || !origin) return frame;
      if (placed.line > origin.amended.text.split("\n").length) return "";
      const { line, column } = source(origin, placed);
      const place = `${origin.shown}:${line}:${column}`;
      // Functions of earlier cells are members of the record of all variables. Its name tells the reader nothing.
      const before = placed.called.trimEnd().replace(/\bat (async )?(?:Proxy|Object)\./, "at $1");
      return /\bat(?: async)?$/.test(before) ? `${before} ${place}` : `${before} (${place})`;
    },
  };
}

/** The place at the end of a frame, and what stands before it: "at name (file:line:column)". */
function placeOf(frame: string): (Position & { readonly called: string; readonly file: string }) | undefined {
  const end = /:(\d+):(\d+)\)?$/.exec(frame);
  const named = end && /(?<![^\s()])[^\s()]+$/.exec(frame.slice(0, end.index)); // its last run without spaces
  if (!end || !named) return undefined;
  const called = frame.slice(0, named.index);
  return {
    called: called.endsWith("(") ? called.slice(0, -1) : called,
    file: named[0],
    line: Number(end[1]),
    column: Number(end[2]),
  };
}

function source({ amended, compiled, maps, typed = (position) => position }: Origin, position: Position): Position {
  let at = positionAt(compiled, amended.back(offsetOf(amended.text, position)));
  for (const map of maps) at = before(map, at);
  return typed(at);
}

function before(map: string, { line, column }: Position): Position {
  const found = new SourceMap(JSON.parse(map)).findEntry(line - 1, column - 1);
  return "originalLine" in found
    ? { line: found.originalLine + 1, column: found.originalColumn + 1 }
    : { line, column };
}

/** UTF-16 offset of a position. */
export function offsetOf(text: string, { line, column }: Position): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    start = end + 1;
  }
  return Math.max(0, start + column - 1);
}

/** Position of a UTF-16 offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}
