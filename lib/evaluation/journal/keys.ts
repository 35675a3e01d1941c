import { createHash } from "node:crypto";
import type { Problem } from "../../core/records";
import type { Facts, Rewriter, Task } from "../../core/roles";

/** The first 32 hexadecimal digits of the SHA-256 of `value` as JSON. */
export const hashOf = (value: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(value) ?? "")
    .digest("hex")
    .slice(0, 32);

/** What a search depends on besides the query: the task's name, cut-off and engine, where the task has them. */
export function taskFacts(task: Task): Facts {
  const { name, k, engine } = task as Task & {
    readonly k?: unknown;
    readonly engine?: { readonly name?: unknown; readonly size?: unknown };
  };
  return {
    name,
    ...(typeof k === "number" && { k }),
    ...(typeof engine?.name === "string" && { engine: engine.name }),
    ...(typeof engine?.size === "number" && { documents: engine.size }),
  };
}

/**
 * The key of the query that a system proposes for a problem. It depends on the system, its facts, the question and the
 * prompt.
 */
export const queryKey = (system: Rewriter, facts: Facts, problem: Problem): string =>
  hashOf([system.name, facts, problem.id, problem.query, problem.pico, problem.expert, system.prompt?.(problem)]);

/**
 * The key of the measures of a query. It depends on the search, the problem with its judgments, the query and the
 * metrics.
 */
export const resultKey = (search: Facts, problem: Problem, query: string, measured: readonly string[]): string =>
  hashOf([search, problem, query, measured]);
