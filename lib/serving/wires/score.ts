import type { Scorer } from "../scoring/scorer";
import { labelledProblem, labelSchema } from "../scoring/label";
import { outcomeRecord } from "../scoring/outcome-record";
import { type ServedTask, type ServedTasks, taskNamed } from "../scoring/served-task";
import { WireFault } from "../requests/issue";
import type { JsonSchema } from "../requests/schema-check";
import { messagesOf } from "../../prompts/chat";
import type { WireRoute } from "./wire-route";

const itemsAtMost = 4096;

const scoreBody: JsonSchema = {
  type: "object",
  properties: {
    task: { type: "string", description: "the name of a task of this server; the first one if absent" },
    items: {
      type: "array",
      maxItems: itemsAtMost,
      items: {
        type: "object",
        properties: {
          prompt: { type: "string", description: "what the completion continues; the task's own prompt if absent" },
          completion: { type: "string", description: "what the model wrote" },
          label: labelSchema,
        },
        required: ["completion", "label"],
        additionalProperties: false,
      },
    },
    seconds: { type: "number", exclusiveMinimum: 0, description: "for one completion; then it is an outage" },
  },
  required: ["items"],
  additionalProperties: false,
};

interface ScoreBody {
  readonly task?: string;
  readonly items: readonly { readonly prompt?: string; readonly completion: string; readonly label: unknown }[];
  readonly seconds?: number;
}

/** The task of a request. Throws status 404 with the names that there are. */
export function requestedTask(tasks: ServedTasks, name: string | undefined): ServedTask {
  const served = taskNamed(tasks, name);
  if (served) return served;
  throw new WireFault(
    404,
    `there is no task ${JSON.stringify(name!.slice(0, 60))}. Tasks: ${tasks.map(({ name }) => name).join(", ")}`,
  );
}

/** Our own wire: what is served, its problems, and rewards of many completions at once. */
export const scoreRoutes = (tasks: ServedTasks, { score }: Scorer): readonly WireRoute[] => [
  {
    method: "POST",
    path: "/score",
    summary: "Rewards of completions, in their order; null where the engine was down",
    body: scoreBody,
    answer: async ({ body, signal }) => {
      const { task, items, seconds } = body as ScoreBody;
      const served = requestedTask(tasks, task);
      const scorable = items.map(({ prompt, completion, label }, i) => ({
        served,
        problem: labelledProblem(served, label, ["body", "items", i, "label"]),
        completion,
        prompt,
      }));
      const records = (await score(scorable, signal, seconds)).map((outcome) => outcomeRecord(served, outcome));
      return { body: { task: served.name, rewards: records.map(({ reward }) => reward), items: records } };
    },
  },
  {
    method: "GET",
    path: "/tasks",
    summary: "What is served",
    answer: async () => ({
      body: tasks.map(({ name, about = "", task }) => ({
        name,
        about,
        title: task.name,
        problems: task.problems.length,
        components: Object.fromEntries(Object.entries(task.components ?? {}).map(([key, { about }]) => [key, about])),
      })),
    }),
  },
  {
    method: "GET",
    path: "/problems",
    summary: "Prompts to train on, with the label of each: ?task=NAME&offset=0&limit=100",
    answer: async ({ query }) => {
      const served = requestedTask(tasks, query["task"]);
      const { task } = served;
      const [offset, limit] = [wholeOf(query, "offset", 0), wholeOf(query, "limit", 100)];
      const problems = task.problems.slice(offset, offset + limit).map((problem) => {
        const prompt = task.prompt(problem);
        return { label: problem.id, query: problem.query, prompt, messages: messagesOf(prompt) };
      });
      return { body: { task: served.name, total: task.problems.length, offset, problems } };
    },
  },
];

function wholeOf(query: Readonly<Record<string, string>>, key: string, otherwise: number): number {
  const text = query[key];
  if (text === undefined) return otherwise;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WireFault(422, [
    { type: "int_parsing", loc: ["query", key], msg: "Input should be a whole number, 0 or more", input: text },
  ]);
}
