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
  readonly signal?: AbortSignal | undefined | undefined;
}

/**
 * The system's query for each problem, in order. Where a batch fails and failures are kept, its problems are asked
 * again one by one, so that only the problems that the system cannot answer fail. Throws Interrupted, and TypeError or
 * RangeError for a reply of the wrong form.
 */
export async function ask(system: Rewriter, batch: readonly Problem[], asking: Asking): Promise<readonly Asked[]> {
  if (!asking.keepFailures) return proposals(system, batch, asking.signal);
  const whole = await attempt(system, batch, asking.signal);
  if (!("failure" in whole)) return whole.proposals;
  if (batch.length === 1) return [whole];
  return mapLimit(batch, asking.width, async (problem) => {
    const alone = await attempt(system, [problem], asking.signal);
    return "failure" in alone ? alone : alone.proposals[0]!;
  });
}

async function attempt(
  system: Rewriter,
  batch: readonly Problem[],
  signal: AbortSignal | undefined,
): Promise<{ readonly proposals: readonly Proposal[] } | { readonly failure: Failure }> {
  let queries: Queries;
  try {
    queries = await system.rewrite(batch, { signal });
  } catch (error) {
    return { failure: failureOf("rewriting", error) };
  }
  return { proposals: checked(system, batch, queries) };
}

const proposals = async (
  system: Rewriter,
  batch: readonly Problem[],
  signal: AbortSignal | undefined,
): Promise<readonly Proposal[]> => checked(system, batch, await system.rewrite(batch, { signal }));

/** Throws unless there is one text for each problem. */
function checked(system: Rewriter, batch: readonly Problem[], queries: Queries): readonly Proposal[] {
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
