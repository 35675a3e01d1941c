import { assistantTurn } from "../../prompts/answer";
import { continuedPrompt } from "../scoring/continued-prompt";
import { labelledProblem } from "../scoring/label";
import { outcomeRecord } from "../scoring/outcome-record";
import type { Scorable, Scorer } from "../scoring/scorer";
import type { ServedTask, ServedTasks } from "../scoring/served-task";
import { refuse, valueIssue } from "../requests/issue";
import type { JsonSchema } from "../requests/schema-check";
import { outageFault } from "./outage-answer";
import { requestedTask } from "./score";
import type { WireRoute } from "./wire-route";

const texts = { type: "array", items: { type: "string" } };

const rewardBody: JsonSchema = {
  type: "object",
  properties: {
    query: { ...texts, description: "prompt and answer, decoded with special tokens" },
    prompts: { ...texts, description: "the prompts" },
    labels: { type: "array", description: "the labels of the data set: see POST /score" },
  },
  required: ["query", "labels"],
};

interface RewardBody {
  readonly query: readonly string[];
  readonly prompts?: readonly string[];
  readonly labels: readonly unknown[];
}

/**
 * OpenRLHF's `--reward.remote_url http://HOST:PORT/openrlhf`, or /openrlhf/TASK for another task than the first.
 *
 * Its client repeats an answer that is no success five times; then the trainer stops for want of a reward. So an outage
 * is status 503: a list of rewards has no place for one that is missing.
 */
export function openRlhfRoutes(tasks: ServedTasks, { score }: Scorer): readonly WireRoute[] {
  const answer: WireRoute["answer"] = async ({ body, params, signal }) => {
    const served = requestedTask(tasks, params["task"]);
    const { query, prompts = [], labels } = body as RewardBody;
    const other = [labels, ...(prompts.length > 0 ? [prompts] : [])].find((list) => list.length !== query.length);
    if (other)
      refuse([valueIssue(["body"], `query has ${query.length} texts and another list ${other.length}`, other.length)]);
    const scorable = query.map((text, i) => rollout(served, text, prompts[i], labels[i], i));
    const outcomes = await score(scorable, signal);
    const outage = outcomes.find((outcome) => outcome.kind === "outage");
    if (outage?.kind === "outage") throw outageFault(outage);
    const records = outcomes.map((outcome) => outcomeRecord(served, outcome));
    const names = Object.keys(records[0]?.components ?? {});
    return {
      body: {
        rewards: records.map(({ reward }) => reward),
        scores: records.map(({ score, reward }) => score ?? reward),
        extra_logs: Object.fromEntries(names.map((name) => [name, records.map((each) => each.components![name]!)])),
      },
    };
  };
  const summary = "OpenRLHF's remote reward";
  return [
    { method: "POST", path: "/openrlhf", summary, body: rewardBody, answer },
    { method: "POST", path: "/openrlhf/:task", summary: `${summary} for a task by name`, body: rewardBody, answer },
  ];
}

/** The completion of a rollout: what follows the prompt, or the assistant's turn where the prompt is not known. */
function rollout(served: ServedTask, text: string, prompt: string | undefined, label: unknown, i: number): Scorable {
  const problem = labelledProblem(served, label, ["body", "labels", i]);
  if (prompt !== undefined && text.startsWith(prompt))
    return { served, problem, completion: text.slice(prompt.length), prompt };
  const completion = assistantTurn(text);
  return { served, problem, completion, prompt: continuedPrompt(served.task, problem, completion) };
}
