import type { MimeBundle } from "../../cell";
import type { CellError } from "./cell-error";
import type { StreamName } from "./streams";
import type { Content } from "../wire/messages";

/**
 * The messages between the two processes of a kernel: one line of JSON each, over pipes.
 *
 * The server process speaks with Jupyter and is never busy. The engine process compiles and runs cells: it may
 * be busy, be stopped, or die. The file descriptors are the engine's.
 */
export const pipes = { news: 3, orders: 4, guard: 5 } as const;

/** From the server to the engine's main thread. `id` comes back with the answer. */
export type Order =
  | { readonly kind: "execute"; readonly id: number; readonly execution: Execution }
  | { readonly kind: "complete" | "inspect"; readonly id: number; readonly code: string; readonly position: number }
  | { readonly kind: "isComplete"; readonly id: number; readonly code: string }
  | { readonly kind: "forget"; readonly id: number } // all variables; answers whether the rest is as at the start
  | { readonly kind: "tell"; readonly id: number; readonly run: number } // fire the signal of this run
  | { readonly kind: "abandon"; readonly run: number } // end this run, whatever it waits for
  // `why` says why there is no text
  | { readonly kind: "answer"; readonly question: number; readonly text?: string; readonly why?: string }
  | { readonly kind: "leave" };

/** From the engine to the server. */
export type News =
  | { readonly kind: "ready" }
  | { readonly kind: "answered"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "listens"; readonly run: number } // code of this run has asked for its signal
  | { readonly kind: "stream"; readonly run: number; readonly name: StreamName; readonly text: string }
  | { readonly kind: "display"; readonly run: number; readonly type: string; readonly content: Content }
  | {
      readonly kind: "question";
      readonly run: number;
      readonly question: number;
      readonly prompt: string;
      readonly password: boolean;
    };

/** A cell to run. Runs are numbered from 1, also over the engine's deaths. */
export interface Execution {
  readonly run: number;
  readonly label: string; // the cell's number, as traces name it
  readonly code: string;
  readonly silent: boolean; // renders no value
  readonly expressions: Readonly<Record<string, string>>; // evaluated after the cell, if it succeeds
}

/** How a cell ended. `shown` is its last expression, absent where there is none or it is null or undefined. */
export type Ending =
  | { readonly kind: "ok"; readonly shown?: Shown; readonly expressions: Readonly<Record<string, Content>> }
  | { readonly kind: "failed"; readonly error: CellError };

/** A value as the front end will show it. */
export interface Shown {
  readonly data: MimeBundle;
  readonly metadata: Content;
}

/** Splits what arrives on a pipe into lines, and reads each as JSON. */
export function readLines<T>(take: (message: T) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []; // of the line that is not complete yet
  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, at)]).toString("utf8");
      parts = [];
      from = at + 1;
      take(JSON.parse(line) as T);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  };
}
