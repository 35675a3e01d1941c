import { existsSync } from "node:fs";
import { callable, flag, having, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { SearchEngine } from "../core/roles";
import { readDataset } from "../data/datasets/dataset";
import { projectPath } from "../data/paths";
import { familyOf, type ProfileName } from "../rewards/families";
import type { Spans } from "../rewards/rank-reward";
import { examplesTask } from "./examples-task";
import type { Databases } from "./family-scoring";
import { builderRanges, type PromptOptions } from "./prompted";
import type { FamilyTask } from "./task";

/** A task over a file in DeepRetrieval's schema. */
export interface DatasetTaskOptions extends PromptOptions {
  /** data_source, for rows that bring none; it names the family of rewards */
  readonly source?: string;
  readonly engine?: SearchEngine;
  /** of open questions: the text of a passage */
  readonly spans?: Spans;
  /** of questions to databases */
  readonly databases?: Databases;
  /** hits looked at, instead of the family's */
  readonly k?: number;
  /** "safe" if absent */
  readonly profile?: ProfileName;
  /** find nothing published after a row's pub_date; on, but for ctgov, as in DeepRetrieval */
  readonly dates?: boolean;
  /** problems at most */
  readonly limit?: number;
}

const optionRanges: Readonly<Record<keyof DatasetTaskOptions, Range>> = {
  ...builderRanges,
  engine: having("an engine with a name and a search", "search"),
  spans: callable,
  databases: callable,
  dates: flag,
};

/**
 * The task of a parquet or JSON-lines file as DeepRetrieval publishes them, of any family: the rows' data_source
 * chooses the rewards, their own prompts are used where they bring any. Rows of one file must be of one family.
 * SciFact's rows, one for each document of a question, become one problem with all of them, but with the `reference`
 * profile stay as they are: DeepRetrieval trains and scores each by itself.
 *
 * Throws TypeError if the family needs an engine (or passages, or databases) that is not given, CorruptData with
 * file:row for a row without a column, RangeError for rows of several families.
 */
export async function datasetTask(file: string, options: DatasetTaskOptions = {}): Promise<FamilyTask> {
  checkOptions("datasetTask", options, optionRanges);
  const { source, engine, spans, databases, k, profile, dates, limit, ...prompts } = options;
  const path = projectPath(file);
  if (!existsSync(path))
    throw new TypeError(
      `datasetTask: ${file} does not exist (looked for ${path}). Give a path from the project's root, or an ` +
        "absolute one.",
    );
  const examples = await readDataset(path);
  const names = [...new Set(examples.map((example) => example.source || source || ""))];
  const families = names.map((name) => familyOf(name));
  const family = families[0];
  if (!family) throw new RangeError(`datasetTask: ${file} has no rows.`);
  const other = families.findIndex(({ kind, name }) => kind !== family.kind || name !== family.name);
  if (other >= 0)
    throw new RangeError(
      `datasetTask: ${file} holds ${names[0]} and ${names[other]}, which are rewarded differently. Split it by ` +
        "data_source.",
    );
  return examplesTask({
    name: names.join("+"),
    examples,
    family,
    engine,
    spans,
    databases,
    k,
    profile,
    limit,
    dates: dates ?? family.name !== "ctgov",
    prompts: { merge: profile !== "reference", ...prompts },
  });
}
