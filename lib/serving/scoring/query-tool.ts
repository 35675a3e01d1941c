import type { Problem } from "../../core/records";
import type { ServedTask } from "./served-task";

const shownHits = 10;

/** The tool with which a model may try a query before it answers. */
export const queryTool = {
  name: "run_query",
  description:
    "Runs a query in the engine of the task. Returns how many documents match, the first ids, and what the engine " +
    "dropped or repaired.",
  input: {
    type: "object",
    properties: { query: { type: "string", minLength: 1, description: "the query, or a SQL statement" } },
    required: ["query"],
    additionalProperties: false,
  },
};

/** What a query finds, without what it is judged by. Throws SearchUnavailable. */
export async function runQuery(
  { task }: ServedTask,
  problem: Problem,
  given: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<{ readonly total: number; readonly hits: readonly string[]; readonly warnings: readonly string[] }> {
  const { hits, total, warnings } = await task.search(problem, String(given["query"]), { signal });
  return { total, hits: hits.slice(0, shownHits).map(({ docId }) => docId), warnings };
}
