import { callable, either, filledText, flag, having, list, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { Problem } from "../core/records";
import { readDataset, type DatasetExample } from "../data/datasets/dataset";
import { projectPath } from "../data/paths";
import { readPassages, readQuestions, type Passage } from "../data/datasets/questions";
import { firstColumns } from "../data/files/table";
import { familyOf, type ProfileName } from "../rewards/families";
import { spansOf } from "../rewards/spans";
import { bm25 } from "../search/bm25";
import { contentsOf, engineOver, type EngineOver } from "./engine";
import { examplesTask } from "./examples-task";
import { builderRanges, type PromptOptions } from "./prompted";
import type { FamilyTask } from "./task";

/** Which questions, over which passages. */
export interface EvidenceOptions extends PromptOptions {
  /** a published file, or questions with answers as JSON lines */
  readonly data: string;
  /** JSON lines, or in memory */
  readonly passages: string | readonly Passage[];
  /** over the passages; BM25 with Anserini's k1 and b if absent, as DeepRetrieval has it */
  readonly engine?: EngineOver;
  /** "nq_serini", "triviaqa" or "squad": which rewards, for questions that do not say; NQ's if absent */
  readonly source?: string;
  /** an answer in the title counts, as in DeepRetrieval; DPR's own evaluation looks at the text alone */
  readonly titles?: boolean;
  /** passages looked at; 3000 if absent */
  readonly k?: number;
  /** "safe" if absent */
  readonly profile?: ProfileName;
  /** problems at most */
  readonly limit?: number;
}

const optionRanges: Readonly<Record<keyof EvidenceOptions, Range>> = {
  ...builderRanges,
  data: filledText,
  passages: either(filledText, list),
  engine: either(callable, having("an engine with a name and a search", "search")),
  titles: flag,
};

/**
 * Open questions (NQ, TriviaQA, SQuAD): a search is good if a passage that holds an answer comes early. The reward is
 * the tier of its rank; `evaluate` with `successAt(20)` gives what papers call Hits@20.
 */
export async function evidence(options: EvidenceOptions): Promise<FamilyTask> {
  checkOptions("evidence", options, optionRanges);
  const {
    data,
    passages,
    engine = (documents) => bm25(documents),
    source = "nq_serini",
    titles = true,
    k,
    profile,
    limit,
    ...prompts
  } = options;
  const examples = await readExamples(projectPath(data), source);
  const texts = typeof passages === "string" ? await readPassages(projectPath(passages)) : passages;
  const known = new Map(texts.map((passage) => [passage.id, passage]));
  const spans = spansOf((id) => {
    const passage = known.get(id);
    if (!passage)
      throw new RangeError(
        `evidence: the engine found a passage "${id}" that is not among the ${known.size} given. Index the same ` +
          "passages.",
      );
    return titles ? contentsOf(passage) : passage.text;
  });
  const name = examples[0]?.source ?? source;
  return examplesTask({
    name,
    examples,
    family: familyOf(name),
    spans,
    engine: await engineOver(
      engine,
      texts.map((passage) => ({ id: passage.id, contents: contentsOf(passage) })),
    ),
    k,
    profile,
    limit,
    prompts,
  });
}

async function readExamples(file: string, source: string): Promise<DatasetExample[]> {
  if ((await firstColumns(file)).includes("input")) return readDataset(file);
  return (await readQuestions(file)).map(
    (problem: Problem): DatasetExample => ({ source, problem, fields: {}, split: "" }),
  );
}
