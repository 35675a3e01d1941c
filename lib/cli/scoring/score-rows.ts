import { CorruptData } from "../../core/errors";
import { parseJson } from "../../core/json";
import type { Measures } from "../../core/records";
import type { ProfileName } from "../../rewards/families";
import { type RowOutcome, type Tally, remark, tally } from "../../rewards/outcome";
import { readRow } from "../../rewards/row";
import { type RowEngines, scoreRow } from "../../rewards/score-row";

/** One line of output. A row that cannot be scored at all is `invalid`: the file's fault, no reward. */
export interface ScoredLine {
  readonly score: number | null; // null where there is no reward: an outage, an invalid row
  readonly kind: RowOutcome["kind"] | "invalid";
  readonly measures: Measures;
  readonly why: string; // what went wrong, or what the engine said; "" for nothing
}

/** What a stream of rows came to. */
export interface ScoreReport extends Tally {
  readonly invalid: number;
  readonly down: number; // outages of a real engine: those of `retrieved: null` are recordings
}

/** How rows are scored. */
interface ScoreRowsOptions {
  readonly profile: ProfileName;
  readonly name: string; // of the stream, in errors
  readonly width?: number; // rows scored at once
  readonly signal?: AbortSignal | undefined;
  readonly onInvalid?: (why: string) => void;
}

/**
 * Scores `lines`, a JSON row each, and hands every result to `write` in the order of the rows, as soon as it and all
 * before it are known: a peer may send a row and wait for its reward. Empty lines are skipped.
 *
 * In the reference profile an outage carries the number that DeepRetrieval gives it; its kind tells it apart.
 */
export async function scoreRows(
  lines: AsyncIterable<string>,
  engines: RowEngines,
  write: (line: ScoredLine) => void,
  options: ScoreRowsOptions,
): Promise<ScoreReport> {
  const { width = 8, signal } = options;
  const outcomes: RowOutcome[] = [];
  const counts = { invalid: 0, down: 0 };
  const flying: Promise<void>[] = [];
  let written: Promise<void> = Promise.resolve();
  let number = 0;
  for await (const text of lines) {
    number++;
    if (signal?.aborted) break;
    if (!text.trim()) continue;
    const read = lineOutcome(text, `${options.name}:${number}`, engines, options);
    written = Promise.all([read, written]).then(([{ outcome, recorded, invalid }]) => {
      if (outcome) outcomes.push(outcome);
      if (outcome?.kind === "outage" && !recorded) counts.down++;
      if (invalid !== undefined) {
        counts.invalid++;
        options.onInvalid?.(invalid);
      }
      write(lineOf(outcome, invalid, options.profile));
    });
    written.catch(() => undefined); // awaited below; until then a failure is nobody's yet
    flying.push(written);
    if (flying.length === width) await flying.shift();
  }
  await written;
  return { ...tally(outcomes), ...counts };
}

interface LineOutcome {
  readonly outcome?: RowOutcome;
  readonly invalid?: string;
  readonly recorded: boolean;
}

/**
 * An engine that is down is an outcome, a row that makes no sense is invalid; anything else is an error of ours and
 * throws.
 */
async function lineOutcome(
  text: string,
  where: string,
  engines: RowEngines,
  { profile, signal }: ScoreRowsOptions,
): Promise<LineOutcome> {
  let recorded = false;
  try {
    const row = readRow(parsed(text, where), where);
    recorded = row.retrieved !== undefined;
    return { outcome: await scoreRow(row, where, engines, { profile, ...(signal && { signal }) }), recorded };
  } catch (error) {
    const { name, message } = error as Error;
    if (!["CorruptData", "RangeError", "TypeError"].includes(name)) throw error;
    return { invalid: message.startsWith(where) ? message : `${where}: ${message}`, recorded };
  }
}

function parsed(text: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new CorruptData(
      where,
      `not JSON: ${(cause as Error).message}`,
      `The line begins ${JSON.stringify(text.slice(0, 60))}; repair or remove it`,
      { cause },
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new CorruptData(
    where,
    `holds ${text.slice(0, 60)}, not an object`,
    'Every line must be one row, like {"data_source": …, "solution_str": …, "ground_truth": …}',
  );
}

function lineOf(outcome: RowOutcome | undefined, invalid: string | undefined, profile: ProfileName): ScoredLine {
  if (!outcome) return { score: null, kind: "invalid", measures: {}, why: invalid ?? "" };
  const score = outcome.kind !== "outage" ? outcome.reward : profile === "reference" ? outcome.reference : null;
  return {
    score,
    kind: outcome.kind,
    measures: outcome.kind === "scored" ? outcome.measures : {},
    why: remark(outcome),
  };
}
