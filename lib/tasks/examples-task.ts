import type { Problem } from "../core/records";
import type { DatasetExample } from "../data/datasets/dataset";
import type { Wording } from "../prompts/wording";
import type { Family } from "../rewards/families";
import type { FamilyScoring } from "./family-scoring";
import { prompted, type PromptOptions } from "./prompted";
import { type FamilyTask, task } from "./task";

/** What a loader read, and what the caller wishes of it. */
interface ExamplesTask extends FamilyScoring {
  readonly name: string;
  readonly examples: readonly DatasetExample[];
  /** our own words, where the data bring none; the family's if absent */
  readonly wording?: Wording | undefined;
  readonly prompts: PromptOptions;
  /** false: a problem's date limit is dropped */
  readonly dates?: boolean | undefined;
  /** hits looked at, instead of the family's */
  readonly k?: number | undefined;
  /** problems at most */
  readonly limit?: number | undefined;
}

/**
 * The task of the examples of a data set: their prompts, those of their problems that can be solved, the rewards of
 * their family. Every loader of DeepRetrieval's data sets ends here.
 */
export function examplesTask({
  examples,
  wording,
  prompts,
  dates = true,
  limit = Infinity,
  ...parts
}: ExamplesTask): FamilyTask {
  const { problems, prompt } = prompted(examples, wording ?? wordingOf(parts.family), {
    ...prompts,
    reasoning: prompts.reasoning ?? parts.family.reasoning,
  });
  const kept = (dates ? problems : problems.map(undated)).filter(solvable).slice(0, limit);
  return task({ ...parts, prompt, problems: kept });
}

/** Our own words for a family. */
export function wordingOf(family: Family): Wording {
  if (family.kind === "ndcg") return family.engine === "dense" ? "meanings" : "documents";
  return { recall: family.name === "ctgov" ? "trials" : "publications", rank: "passages", execution: "sql" }[
    family.kind
  ] as Wording;
}

/** A problem without its date limit. */
const undated = ({ maxDate: _, ...problem }: Problem): Problem => problem;

/** False for a problem without relevant documents, answers or a gold query: nothing can be found for it. */
export const solvable = ({ judgments, answers, sql }: Problem): boolean =>
  Boolean(sql) ||
  (answers ?? []).some((answer) => answer.trim()) ||
  Object.values(judgments).some((grade) => grade > 0);
