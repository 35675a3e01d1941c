import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { CorruptData } from "../../core/errors";
import type { Written } from "../../core/roles";
import type { Result } from "../result";

/** What a system proposed for a problem. */
export interface Proposal {
  readonly query: string;
  readonly written?: Written;
}

/** The measures of a query. They do not depend on the system that proposed it. */
export type Measured = Pick<Result, "query" | "measures" | "warnings" | "malformed" | "found" | "documents">;

/** What an evaluation has done so far, by key. */
export interface Journal {
  readonly file: string;
  proposal(key: string): Proposal | undefined;
  measured(key: string): Measured | undefined;
  addProposal(key: string, proposal: Proposal): void;
  addMeasured(key: string, measured: Measured): void;
}

interface Line {
  readonly proposal?: { readonly key: string; readonly value: Proposal };
  readonly measured?: { readonly key: string; readonly value: Measured };
}

/**
 * Opens a file of JSON lines to which an evaluation appends what it has done; each line is in the file before the next
 * question is asked. A last line that a crash has cut is removed. Failures are not in it, so a later run tries them
 * again.
 *
 * Throws CorruptData, naming the line, for a file that holds something else.
 */
export function openJournal(file: string): Journal {
  mkdirSync(dirname(file), { recursive: true });
  const proposals = new Map<string, Proposal>();
  const all = new Map<string, Measured>();
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) truncateSync(file, whole);
    const lines = bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
    for (const [i, text] of lines.entries()) {
      const { proposal, measured } = lineOf(file, i + 1, text);
      if (proposal) proposals.set(proposal.key, proposal.value);
      if (measured) all.set(measured.key, measured.value);
    }
  }
  const append = (line: Line): void => appendFileSync(file, `${JSON.stringify(line)}\n`);
  return {
    file,
    proposal: (key) => proposals.get(key),
    measured: (key) => all.get(key),
    addProposal(key, value) {
      proposals.set(key, value);
      append({ proposal: { key, value } });
    },
    addMeasured(key, value) {
      all.set(key, value);
      append({ measured: { key, value } });
    },
  };
}

function lineOf(file: string, number: number, text: string): Line {
  const wrong = (why: string, cause?: unknown): CorruptData =>
    new CorruptData(
      file,
      `line ${number} ${why}`,
      "It must be what evaluate wrote. Name another folder, or remove that line: its question is then asked again.",
      { cause },
    );
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (cause) {
    throw wrong("is not JSON", cause);
  }
  const { proposal, measured } = (line ?? {}) as Line;
  const whole =
    (typeof proposal?.key === "string" && typeof proposal.value?.query === "string") ||
    (typeof measured?.key === "string" && typeof measured.value?.measures === "object");
  if (!whole) throw wrong("holds neither a query nor measures");
  return line as Line;
}
