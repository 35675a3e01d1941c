import { assistantTurn } from "../../prompts/answer";
import { continuedPrompt } from "../scoring/continued-prompt";
import { labelledProblem } from "../scoring/label";
import { outcomeRecord } from "../scoring/outcome-record";
import type { Scorer } from "../scoring/scorer";
import { type ServedTask, type ServedTasks, taskNamed } from "../scoring/served-task";
import type { JsonSchema } from "../requests/schema-check";
import { outageFault } from "./outage-answer";
import { requestedTask } from "./score";
import type { WireRoute } from "./wire-route";

const computeBody: JsonSchema = {
  type: "object",
  properties: {
    task: {
      type: "string",
      description: "a task of this server; if absent the one that data_source names, or the first",
    },
    data_source: { type: "string" },
    solution_str: { type: "string", description: "the response, or the prompt with the response" },
    ground_truth: { description: "reward_model.ground_truth of the row, or the id of a problem" },
    extra_info: { type: ["object", "null"] },
  },
  required: ["data_source", "solution_str", "ground_truth"],
  additionalProperties: false,
};

interface ComputeBody {
  readonly task?: string;
  readonly data_source: string;
  readonly solution_str: string;
  readonly ground_truth: unknown;
  readonly extra_info?: Readonly<Record<string, unknown>> | null;
}

/**
 * The reward of one row as verl hands it to `compute_score`: `{ score, format_error_ratio, … }`, with the same keys for
 * every row of a task, since verl takes the keys of the first one. verl itself speaks no HTTP for this; the Python
 * function that `deepretrieval serve --write-shim` writes asks here.
 *
 * An outage is status 503: a score has to be a number, and verl's own reward managers would make an error a 0.
 */
export const verlRoutes = (tasks: ServedTasks, { score }: Scorer): readonly WireRoute[] => [
  {
    method: "POST",
    path: "/compute_score",
    summary: "verl's compute_score",
    body: computeBody,
    answer: async ({ body, signal }) => {
      const { task: name, data_source, solution_str, ground_truth, extra_info } = body as ComputeBody;
      const served = name === undefined ? (taskNamed(tasks, data_source) ?? tasks[0]) : requestedTask(tasks, name);
      const label = rowLabel(served, ground_truth, extra_info ?? {});
      const problem = labelledProblem(served, label, ["body", "ground_truth"]);
      const completion = assistantTurn(solution_str);
      const prompt = continuedPrompt(served.task, problem, completion);
      const [outcome] = await score([{ served, problem, completion, prompt }], signal);
      if (outcome!.kind === "outage") throw outageFault(outcome!);
      const { reward, components } = outcomeRecord(served, outcome!);
      return { body: { score: reward, ...components } };
    },
  },
];

/** The label of a row: its ground truth, with the date and the database that verl's rows have in extra_info. */
function rowLabel({ task }: ServedTask, truth: unknown, extra: Readonly<Record<string, unknown>>): unknown {
  if (typeof truth !== "object" || truth === null) return truth;
  const { pub_date: date, db_id: id, db_path: path } = extra;
  const file = typeof path === "string" ? path.replace(/^.*[\\/]/, "").replace(/\.\w+$/, "") : undefined;
  const database = typeof id === "string" ? id : file;
  return {
    ...truth,
    ...(typeof date === "string" && date !== "" && { pub_date: date }),
    ...(task.problems[0]!.sql && database !== undefined && { database }),
  };
}
