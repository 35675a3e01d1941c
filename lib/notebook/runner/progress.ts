import { warningMark } from "../run-report/alarms";
import type { Message } from "../kernel/wire/messages";
import { displayId, plainText } from "./collect";
import { joined, type NotebookCell } from "./nbformat";
import type { CellReport } from "./report";

/** Where progress is written: a terminal or a log. */
export interface Screen {
  readonly write: (text: string) => void;
  readonly tty: boolean; // whether a line can be rewritten
  readonly columns: number; // characters in a line
  readonly now: () => number; // ms
}

const progressDefaults = {
  /** ms between two lines of the same display, where lines cannot be rewritten */
  logEvery: 10_000,
  /** lines shown of a display or a result */
  longest: 20,
};

/**
 * Shows a run as it happens: what cells print, as it is; displays as text, one that is updated in one line
 * that is rewritten; warnings of a run under way, once each; and a line for every cell that ended.
 */
export function progress(screen: Screen, { logEvery, longest } = progressDefaults) {
  const { write, tty, columns, now } = screen;
  const logged = new Map<string, { at: number; pending: string | undefined }>(); // by display id
  const warned = new Set<string>(); // of this cell, without their numbers, which change from step to step
  let live = false; // a line that will be rewritten stands without its end
  let midLine = false; // printed text ended without one

  const fresh = (): void => {
    if (live || midLine) write("\n");
    live = midLine = false;
  };
  const print = (text: string): void => {
    if (live) fresh();
    write(text);
    midLine = !text.endsWith("\n");
  };
  const block = (text: string): void => {
    const all = text.replace(/\n$/, "").split("\n");
    fresh();
    write(
      `${all.slice(0, longest).join("\n")}${all.length > longest ? `\n… ${all.length - longest} more lines` : ""}\n`,
    );
  };
  const update = (id: string, text: string): void => {
    const lines = text.split("\n").filter((candidate) => candidate.trim() !== "");
    for (const warning of lines.filter((each) => each.startsWith(warningMark))) {
      const kind = warning.replace(/[\d.,]+/g, "");
      if (!warned.has(kind)) block(warning);
      warned.add(kind);
    }
    const line = lines.find((each) => !each.startsWith(warningMark));
    if (line === undefined && lines.length > 0) return;
    redraw(id, line ?? "");
  };
  const redraw = (id: string, line: string): void => {
    if (tty) {
      if (midLine) fresh();
      write(`\r\x1b[2K${line.slice(0, columns - 1)}`);
      live = true;
      return;
    }
    const entry = logged.get(id) ?? { at: -Infinity, pending: undefined };
    const due = now() - entry.at >= logEvery;
    logged.set(id, { at: due ? now() : entry.at, pending: due ? undefined : line });
    if (due) block(line);
  };

  return {
    onOutput({ header: { msg_type }, content }: Pick<Message, "header" | "content">): void {
      if (msg_type === "stream") return print(String(content["text"]));
      if (msg_type === "error") return block((content["traceback"] as readonly string[]).join("\n"));
      if (!["display_data", "update_display_data", "execute_result"].includes(msg_type)) return;
      const text = plainText(content["data"] as Record<string, unknown>);
      if (text === undefined) return;
      const id = displayId(content);
      if (id === undefined) block(text);
      else update(id, text);
    },
    onCell({ index, of, status, seconds, error }: CellReport, cell: NotebookCell): void {
      for (const { pending } of logged.values()) if (pending !== undefined) block(pending);
      logged.clear();
      warned.clear();
      fresh();
      const first = title(joined(cell.source));
      const head = `[${index + 1}/${of}] ${seconds.toFixed(1)} s  ${status === "ok" ? "" : `${status}  `}`;
      write(`${`${head}${first}`.slice(0, columns - 1)}\n`);
      if (error !== undefined && status !== "error") write(`${error}\n`); // an error's traceback was shown already
    },
  };
}

/** The line that says most about a cell: the first that is no comment, import or lone bracket, if there is one. */
function title(source: string): string {
  const all = source
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return all.find((line) => !/^(\/\/|import\b|[{}]$)/.test(line)) ?? all[0] ?? "";
}

/** A stream of this process as a screen. */
export function terminal(stream: NodeJS.WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    tty: stream.isTTY === true,
    columns: stream.columns || 120,
    now: () => performance.now(),
  };
}
