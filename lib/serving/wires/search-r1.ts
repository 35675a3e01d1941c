import { mapLimit } from "../../core/calls/limit";
import { outageOf } from "../../core/reward-outcome";
import { WireFault } from "../requests/issue";
import type { ServedTasks } from "../scoring/served-task";
import type { JsonSchema } from "../requests/schema-check";
import { outageFault } from "./outage-answer";
import { requestedTask } from "./score";
import type { WireRoute } from "./wire-route";

const retrieveBody: JsonSchema = {
  type: "object",
  properties: {
    queries: { type: "array", maxItems: 4096, items: { type: "string" } },
    topk: {
      type: ["integer", "null"],
      minimum: 1,
      maximum: 10_000,
      description: "documents for each query; 3 if absent",
    },
    return_scores: { type: "boolean" },
  },
  required: ["queries"],
};

const atOnce = 16; // queries of one request

/**
 * Search-R1's retriever: `{ queries, topk, return_scores }` to the documents of each query, best first. `contents` has
 * the title in its first line, as Search-R1 reads it, and is empty where the engine knows ids alone.
 *
 * An outage is status 503, which the client repeats; an empty list means that nothing matched.
 */
export function searchR1Routes(tasks: ServedTasks): readonly WireRoute[] {
  const answer: WireRoute["answer"] = async ({ body, params, signal }) => {
    const { name, task, textOf } = requestedTask(tasks, params["task"]);
    if (task.problems[0]!.sql) throw new WireFault(422, `${name} asks databases; it has no documents to retrieve`);
    const {
      queries,
      topk,
      return_scores: scores = false,
    } = body as {
      readonly queries: readonly string[];
      readonly topk?: number | null;
      readonly return_scores?: boolean;
    };
    const anyProblem = { id: "retrieve", query: "", judgments: {} };
    const found = await mapLimit(queries, atOnce, async (query) => {
      try {
        return await task.search(anyProblem, query, { signal });
      } catch (error) {
        const outage = outageOf(error);
        throw outage ? outageFault(outage) : error;
      }
    });
    const result = found.map(({ hits }) =>
      hits.slice(0, topk ?? 3).map(({ docId, score }) => {
        const document = { id: docId, contents: textOf?.(docId) ?? "" };
        return scores ? { document, score } : document;
      }),
    );
    return { body: { result } };
  };
  const summary = "Search-R1's retriever";
  return [
    { method: "POST", path: "/retrieve", summary, body: retrieveBody, answer },
    { method: "POST", path: "/retrieve/:task", summary: `${summary} over a task by name`, body: retrieveBody, answer },
  ];
}
