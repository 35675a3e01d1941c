import { randomUUID } from "node:crypto";
import { random } from "../../../core/random";
import type { Problem } from "../../../core/records";
import { messagesOf } from "../../../prompts/chat";
import { labelledProblem } from "../../scoring/label";
import { outcomeRecord } from "../../scoring/outcome-record";
import { queryTool, runQuery } from "../../scoring/query-tool";
import type { Scorer } from "../../scoring/scorer";
import { problemsById, type ServedTask, type ServedTasks, taskNamed } from "../../scoring/served-task";
import type { Environment, Episode, Observation } from "./environment";
import { rewardSchemas } from "./reward-schemas";

/** Where an episode stands. */
interface Standing {
  readonly served: ServedTask;
  readonly problem: Problem;
  readonly over: boolean; // scored: a further step needs a reset
}

/**
 * Query rewriting as an OpenEnv environment: `reset` gives a problem's prompt, one step with the completion gives its
 * reward and ends the episode. Meanwhile a model may run queries with a tool.
 *
 * `reset` takes `task` (a name), `problem` (an id) and `seed`, which draws a problem. Without them the problems come
 * one after the other. An outage has the reward null and ends the episode, too; its step may be sent again.
 */
export function rewardEnvironment(tasks: ServedTasks, scorer: Scorer, version: string): Environment {
  let next = 0; // the problem of a reset that names none
  return {
    name: "deepretrieval",
    description:
      "Rewrites a question as a search query; rewarded by what the query finds. Tasks: " +
      `${tasks.map(({ name }) => name).join(", ")}.`,
    version,
    ...rewardSchemas,
    tools: [queryTool],
    catalogue: {
      names: () => tasks.map(({ name }) => name),
      splits: () => [{ name: "all", type: "train" }],
      tasks: (name) =>
        taskNamed(tasks, name)!.task.problems.map(({ id, query }) => ({ task: name, problem: id, question: query })),
    },
    open: () => rewardEpisode(tasks, scorer, () => next++),
  };
}

function rewardEpisode(tasks: ServedTasks, scorer: Scorer, turn: () => number): Episode {
  let [episodeId, steps]: [string | null, number] = [null, 0];
  let standing: Standing | undefined;
  let kind: string | null = null;

  const current = (): Standing => {
    if (standing) return standing;
    throw new Error("there is no problem yet: send a reset before the first step");
  };

  return {
    async reset({ task: name, problem: id, seed, episode_id }) {
      const served = typeof name === "string" ? taskNamed(tasks, name) : tasks[0];
      if (!served)
        throw new Error(
          `there is no task ${JSON.stringify(String(name).slice(0, 60))}. Tasks: ` +
            `${tasks.map(({ name }) => name).join(", ")}`,
        );
      standing = { served, problem: chosen(served, id, seed, turn), over: false };
      [episodeId, steps, kind] = [typeof episode_id === "string" ? episode_id : randomUUID(), 0, null];
      return first(standing);
    },
    async step({ completion }, signal) {
      const { served, problem, over } = current();
      if (over) throw new Error("the episode is over: send a reset before the next step");
      const [outcome] = await scorer.score([{ served, problem, completion: completion as string }], signal);
      const record = outcomeRecord(served, outcome!);
      standing = { served, problem, over: outcome!.kind !== "outage" };
      steps++;
      kind = record.kind;
      const { reward, ...shown } = record;
      return {
        observation: { ...about({ served, problem }), prompt: null, messages: null, ...shown },
        metadata: { task: served.name, problem: problem.id, kind },
        reward,
        done: true,
      };
    },
    state: () => ({
      episode_id: episodeId,
      step_count: steps,
      task: standing?.served.name ?? null,
      problem: standing?.problem.id ?? null,
      kind,
    }),
    async call(_, given, signal) {
      const { served, problem } = current();
      steps++;
      return runQuery(served, problem, given, signal);
    },
  };
}

function chosen(served: ServedTask, id: unknown, seed: unknown, turn: () => number): Problem {
  const { problems } = served.task;
  if (id !== undefined && id !== null) {
    const known = problemsById(served.task).get(String(id));
    return known ?? labelledProblem(served, id, ["problem"]);
  }
  if (seed === undefined || seed === null) return problems[turn() % problems.length]!;
  return random(String(seed)).pick(problems);
}

const about = ({ served, problem }: Pick<Standing, "served" | "problem">) => ({
  task: served.name,
  problem: problem.id,
  question: problem.query,
});

/** The observation of a reset. */
function first({ served, problem }: Standing): Observation {
  const prompt = served.task.prompt(problem);
  return {
    observation: { ...about({ served, problem }), prompt, messages: messagesOf(prompt) },
    reward: null,
    done: false,
  };
}
