import { oncePerObject } from "../core/memo";
import { callable, either, filledText, finite, having, list, oneOf, whole, type Range } from "../core/ranges";
import type { Problem } from "../core/records";
import type { SearchEngine, Task } from "../core/roles";
import { checkOptions } from "../core/settings";
import { repeatedId } from "../core/task-outputs";
import { openedBy } from "../prompts/answer";
import { type WordingOptions, worded } from "../prompts/wording";
import type { Family } from "../rewards/families";
import { isRecallReward } from "../rewards/recall-choice";
import { type FamilyScoring, familyScoring, missingFor } from "./family-scoring";
import { type OwnScoring, ownScoring } from "./own-scoring";
import type { Scoring } from "./scoring";

/** What every task is made of. */
interface TaskParts {
  readonly name: string;
  readonly problems: readonly Problem[]; // each with an id of its own
  /** wording options, or the text itself, which should end in an opened <think> or <answer>; our wording if absent */
  readonly prompt?: WordingOptions | ((problem: Problem) => string) | undefined;
  /** hits asked for; 100 if absent, or what the family says */
  readonly k?: number | undefined;
}

/** A task of your own. Only `name`, `problems` and `engine` are needed. */
export interface CustomTask extends TaskParts, OwnScoring {
  readonly engine: SearchEngine; // anything with a name and a search
}

/** A task that is rewarded as one of DeepRetrieval's data sets is: see `familyOf`. */
export interface FamilyTaskOptions extends TaskParts, FamilyScoring {}

/** A task whose rewards are DeepRetrieval's. */
export interface FamilyTask extends Task {
  readonly family: Family;
  readonly k: number; // hits looked at; 1 for questions to databases, whose one hit is the result
}

/** What `reward` may be. */
export const recallRewards: Range = {
  fits: isRecallReward,
  what: '"tiers", "recall", "F1", "F3" or another Fβ, or { of: one of them, costPerDocument: 0 or more }',
};

const optionRanges: Readonly<Record<keyof CustomTask | keyof FamilyTaskOptions, Range>> = {
  name: filledText,
  problems: list,
  engine: having("an engine with a name and a search", "search"),
  k: whole(1),
  prompt: either(callable, having("wording options")),
  score: callable,
  malformed: finite,
  metrics: list,
  components: having("components by name"),
  family: having("a family of rewards, as familyOf() gives it", "kind"),
  spans: callable,
  databases: callable,
  profile: oneOf("safe", "reference"),
  reward: recallRewards,
};

/**
 * A retrieval task from your own data, in a few lines:
 *
 * ```ts
 * const mine = task({
 *   name: "products",
 *   problems: [{ id: "1", query: "warm shoes", judgments: { p7: 1 } }],
 *   engine: await bm25([{ id: "p7", contents: "lined winter boots" }]),
 *   score: ({ hits, judgments }) => recall(hits, judgments, 20),
 * });
 * await watch(ppo(qwen2("data/checkpoints/pubmed-coldstart"), mine, { steps: 100 }));
 * ```
 *
 * With a `family` in the place of `score` the rewards are DeepRetrieval's: `pubmed`, `ctgov`, `evidence`, `beir`, `sql`
 * and `datasetTask` read their data and call this function. Thoughts are then demanded where the prompt opens them,
 * whatever the data set is called: DeepRetrieval's rows of ctgov without reasoning bear the name of those with it, and
 * its reward pays −4 for every answer to them.
 *
 * Equal searches of a task are made once. An engine that is down throws through and is never a reward. Throws TypeError
 * where something that the rewards need is missing, RangeError for a task without problems, for two problems with one
 * id, and for a score that is no finite number: it would spoil every weight of the policy.
 */
export function task(options: FamilyTaskOptions): FamilyTask;
export function task(options: CustomTask): Task;
export function task(options: CustomTask | FamilyTaskOptions): Task | FamilyTask {
  checkOptions("task", options, optionRanges);
  const { name, problems, prompt = {} } = options;
  expectDistinct(name, problems);
  const wording = typeof prompt === "function" ? prompt : (problem: Problem) => worded(problem, prompt);
  if (!("family" in options)) {
    const { engine, k = 100 } = options;
    if (engine === undefined)
      throw new TypeError(`task ${name}: engine is missing. Pass { engine }, which runs the queries.`);
    return assembled(name, problems, wording, ownScoring(name, engine, k, options));
  }
  const missing = missingFor(options);
  if (missing !== undefined)
    throw new TypeError(
      `task ${name}: ${missing} is missing; without it no query of the ${options.family.name} family can be ` +
        `scored. Pass { ${missing} }.`,
    );
  if (options.reward !== undefined && options.family.kind !== "recall")
    throw new TypeError(
      `task ${name}: reward is for families that are rewarded by recall; ${options.family.name} is rewarded by ` +
        `${options.family.kind}. Leave it out.`,
    );
  if (options.profile === "reference" && (options.reward ?? "tiers") !== "tiers")
    throw new TypeError(
      `task ${name}: profile is "reference", which has DeepRetrieval's tiers, and reward is ` +
        `${JSON.stringify(options.reward)}. Leave one of them out.`,
    );
  const family = { ...options.family, reasoning: openedBy(wording(problems[0]!)).startsWith("<think>") };
  const k = options.k ?? (family.kind === "execution" ? 1 : family.k);
  return { ...assembled(name, problems, wording, familyScoring({ ...options, family }, k)), family, k };
}

function assembled(
  name: string,
  problems: readonly Problem[],
  prompt: (problem: Problem) => string,
  { metrics, components, score, search }: Scoring,
): Task {
  const opened = oncePerObject((problem: Problem) => openedBy(prompt(problem)));
  return {
    name,
    problems,
    metrics,
    components,
    prompt,
    score: async (problem, completion, { signal, prompt: continued } = {}) => {
      const begun = continued === undefined ? opened(problem) : openedBy(continued);
      return score({ problem, text: begun + completion, opened: opened(problem), signal });
    },
    search: (problem, query, { signal } = {}) => search(problem, query, signal),
  };
}

function expectDistinct(name: string, problems: readonly Problem[]): void {
  if (!problems.length)
    throw new RangeError(`task ${name}: there are no problems. Check the file, the split and the limit.`);
  const twice = repeatedId(problems);
  if (twice !== undefined)
    throw new RangeError(
      `task ${name}: two problems have the id ${JSON.stringify(twice)}. Results are kept by id: rename one.`,
    );
}
