import { fitsGlob } from "../../core/files/glob";
import type { Content } from "./wire/messages";

/** One cell that ran: its number, its code, and its value as text where it had one. */
export interface HistoryEntry {
  readonly line: number;
  readonly code: string;
  readonly output?: string;
}

/** The content of a history_reply. One session: what earlier kernels ran is not kept. */
export function historyReply(entries: readonly HistoryEntry[], request: Content): Content {
  const { hist_access_type, n, start, stop, pattern, unique, output } = request;
  const count = (value: unknown): number =>
    Number.isFinite(Number(value)) ? Math.max(0, Math.trunc(Number(value))) : Infinity;
  const last = (found: readonly HistoryEntry[]): readonly HistoryEntry[] =>
    n == null ? found : found.slice(Math.max(0, found.length - count(n)));
  const chosen: readonly HistoryEntry[] =
    hist_access_type === "range"
      ? entries.filter(
          ({ line }) => line >= (start == null ? 0 : Number(start)) && (stop == null || line < Number(stop)),
        )
      : hist_access_type === "search"
        ? last(matching(entries, String(pattern ?? "*"), unique === true))
        : last(entries);
  return {
    status: "ok",
    history: chosen.map(({ line, code, output: shown = null }) => [0, line, output === true ? [code, shown] : code]),
  };
}

/**
 * Cells whose code matches a pattern of the shell: `*` any text, `?` any character. With `unique`, the latest of equal
 * ones.
 */
function matching(entries: readonly HistoryEntry[], pattern: string, unique: boolean): readonly HistoryEntry[] {
  const fits = fitsGlob(pattern, { "*": { many: () => true }, "?": { one: () => true } });
  const found = entries.filter(({ code }) => fits(code));
  const latest = new Map(found.map((entry) => [entry.code, entry]));
  return unique ? found.filter((entry) => latest.get(entry.code) === entry) : found;
}
