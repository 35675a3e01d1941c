import { readDataset, type DatasetExample } from "../data/datasets/dataset";
import { projectPath } from "../data/paths";
import { readReviews } from "../data/datasets/reviews";
import { firstColumns } from "../data/files/table";
import { filledText, flag, having, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { SearchEngine } from "../core/roles";
import { familyOf, type ProfileName } from "../rewards/families";
import type { RecallReward } from "../rewards/recall-choice";
import { clinicalTrials } from "../search/clinical-trials/clinical-trials";
import { examplesTask } from "./examples-task";
import { builderRanges, type PromptOptions } from "./prompted";
import { type FamilyTask, recallRewards } from "./task";

/** Which reviews, searched where. */
export interface CtgovOptions extends PromptOptions {
  /** a published file, or raw reviews as JSON lines with `trial_nctids` */
  readonly data: string;
  /** ClinicalTrials.gov itself if absent */
  readonly engine?: SearchEngine;
  /** find nothing first posted after the review; off, as in DeepRetrieval */
  readonly dates?: boolean;
  /** trials that count; 3000 if absent */
  readonly k?: number;
  /** what the reward rises with: see RecallReward; the tiers if absent */
  readonly reward?: RecallReward;
  /** "safe" if absent */
  readonly profile?: ProfileName;
  /** problems at most */
  readonly limit?: number;
}

const optionRanges: Readonly<Record<keyof CtgovOptions, Range>> = {
  ...builderRanges,
  data: filledText,
  engine: having("an engine with a name and a search", "search"),
  dates: flag,
  reward: recallRewards,
};

/** Trial search: problems are review questions, rewards the recall of the trials that each review included. */
export async function ctgov(options: CtgovOptions): Promise<FamilyTask> {
  checkOptions("ctgov", options, optionRanges);
  const { data, engine = clinicalTrials(), dates = false, k, profile, reward, limit, ...prompts } = options;
  const file = projectPath(data);
  const raw = !(await firstColumns(file)).includes("input");
  const examples = raw
    ? (await readReviews(file)).map((problem): DatasetExample => ({ source: "ctgov", problem, fields: {}, split: "" }))
    : await readDataset(file);
  const source = examples[0]?.source ?? "ctgov";
  const family = familyOf(source);
  return examplesTask({
    name: source,
    examples,
    family,
    engine,
    dates,
    k,
    profile,
    reward,
    limit,
    wording: "trials",
    prompts: { ...prompts, reasoning: prompts.reasoning ?? true },
  });
}
