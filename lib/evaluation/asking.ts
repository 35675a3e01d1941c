import { untilAborted } from "../core/calls/until-aborted";
import { mapLimit } from "../core/calls/limit";
import type { Problem } from "../core/records";
import type { Queries, Rewriter } from "../core/roles";
import { shown } from "../core/settings";
import type { Proposal } from "./journal/journal";
import type { Failure } from "./result";

/** A query for a problem, or why there is none. */
export type Asked = Proposal | { readonly failure: Failure };

/** How to ask a system. */
export interface Asking {
  readonly keepFailures: boolean; // false: an error ends the evaluation
  readonly width: number; // questions asked again at once after a batch has failed
  readonly signal?: AbortSignal | undefined;
  /** Called with the place of a problem in the batch and its query, as soon as there is one. */
  readonly keep?: (place: number, proposal: Proposal) => void;
}

/**
 * The system's query for each problem, in order. A system that says how many it works on at once gets its problems one
 * by one. Another gets them in one call. Where that fails and failures are kept, its problems are asked
 * again one by one, so that only the problems that the system cannot answer fail. Throws Interrupted, and TypeError or
 * RangeError for a reply of the wrong form.
 */
export async function ask(system: Rewriter, batch: readonly Problem[], asking: Asking): Promise<readonly Asked[]> {
  const { keepFailures, width, signal, keep = () => undefined } = asking;
  const alone = async (problem: Problem, place: number): Promise<Asked> => {
    const tried = keepFailures ? await attempt(system, [problem], signal) : await proposals(system, [problem], signal);
    if ("failure" in tried) return tried;
    keep(place, tried[0]!);
    return tried[0]!;
  };
  if (system.inFlight !== undefined) return mapLimit(batch, system.inFlight, alone);
  const whole = keepFailures ? await attempt(system, batch, signal) : await proposals(system, batch, signal);
  if (!("failure" in whole)) {
    whole.forEach((proposal, place) => keep(place, proposal));
    return whole;
  }
  return batch.length === 1 ? [whole] : mapLimit(batch, width, alone);
}

async function attempt(
  system: Rewriter,
  batch: readonly Problem[],
  signal: AbortSignal | undefined,
): Promise<readonly Proposal[] | { readonly failure: Failure }> {
  let queries: Queries;
  try {
    queries = await rewritten(system, batch, signal);
  } catch (error) {
    return { failure: failureOf("rewriting", error) };
  }
  return checked(system, batch, queries);
}

const proposals = async (
  system: Rewriter,
  batch: readonly Problem[],
  signal: AbortSignal | undefined,
): Promise<readonly Proposal[]> => checked(system, batch, await rewritten(system, batch, signal));

const rewritten = (system: Rewriter, batch: readonly Problem[], signal: AbortSignal | undefined): Promise<Queries> =>
  untilAborted(() => system.rewrite(batch, { signal }), signal, `rewriting with ${system.name}`);

/** Throws unless there is one text for each problem. */
function checked(system: Rewriter, batch: readonly Problem[], queries: Queries): readonly Proposal[] {
  const given: unknown = queries;
  if (!Array.isArray(given))
    throw new TypeError(
      `evaluate: ${system.name} gave ${shown("queries", given).slice(0, 80)} for ${batch.length} problems; it must ` +
        'give a list with a text for each, in order, "" for none.',
    );
  const wrong = queries.findIndex((query) => typeof query !== "string");
  if (wrong >= 0)
    throw new TypeError(
      `evaluate: ${system.name} gave ${shown("query", queries[wrong])} as the query of problem ` +
        `${batch[wrong]?.id}; it must be a text, "" for none.`,
    );
  if (queries.length !== batch.length)
    throw new RangeError(
      `evaluate: ${system.name} gave ${queries.length} queries for ${batch.length} problems; it must give one ` +
        `each, in order, "" for none.`,
    );
  return queries.map((query, i) => ({ query, ...(queries.written?.[i] && { written: queries.written[i]! }) }));
}

/** An error as a record. An interruption is not a failure: it is thrown again. */
export function failureOf(stage: Failure["stage"], error: unknown): Failure {
  const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
  if (name === "Interrupted" || name === "AbortError") throw error;
  return { stage, name, message };
}
