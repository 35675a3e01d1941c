import { readDataset, type Example } from "../data/datasets/dataset";
import { projectPath } from "../data/paths";
import { readReviews } from "../data/datasets/reviews";
import { firstColumns } from "../data/files/table";
import { filledText, flag, having, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { SearchEngine } from "../core/roles";
import { familyOf, type ProfileName } from "../rewards/families";
import { clinicalTrials } from "../search/clinical-trials/clinical-trials";
import { solvable, undated } from "./dataset-task";
import { familyTask, type FamilyTask } from "./family-task";
import { builderRanges, prompted, type PromptOptions } from "./prompted";

/** Which reviews, searched where. */
export interface CtgovOptions extends PromptOptions {
  /** a published file, or raw reviews as JSON lines with `trial_nctids` */
  readonly data: string;
  /** ClinicalTrials.gov itself unless said */
  readonly engine?: SearchEngine;
  /** find nothing first posted after the review; off, as in DeepRetrieval */
  readonly dates?: boolean;
  /** trials that count; 3000 unless said */
  readonly k?: number;
  /** "safe" unless said */
  readonly profile?: ProfileName;
  /** problems at most */
  readonly limit?: number;
}

const optionRanges: Readonly<Record<keyof CtgovOptions, Range>> = {
  ...builderRanges,
  data: filledText,
  engine: having("an engine with a name and a search", "search"),
  dates: flag,
};

/** Trial search: problems are review questions, rewards the recall of the trials that each review included. */
export async function ctgov(options: CtgovOptions): Promise<FamilyTask> {
  checkOptions("ctgov", options, optionRanges);
  const { data, engine = clinicalTrials(), dates = false, k, profile, limit = Infinity, ...prompts } = options;
  const file = projectPath(data);
  const raw = !(await firstColumns(file)).includes("input");
  const examples = raw
    ? (await readReviews(file)).map((problem): Example => ({ source: "ctgov", problem, fields: {}, split: "" }))
    : await readDataset(file);
  const family = familyOf(examples[0]?.source ?? "ctgov");
  const { problems, prompt } = prompted(examples, "trials", prompts);
  return familyTask({
    name: examples[0]?.source ?? "ctgov",
    family,
    prompt,
    engine,
    problems: (dates ? problems : problems.map(undated)).filter(solvable).slice(0, limit),
    ...(k && { k }),
    ...(profile && { profile }),
  });
}
