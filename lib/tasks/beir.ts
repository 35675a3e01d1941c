import type { SearchDocument } from "../core/documents";
import type { Problem } from "../core/records";
import { callable, either, filledText, flag, having, oneOf, text, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { SearchEngine } from "../core/roles";
import { readBeir, type Beir } from "../data/datasets/beir";
import { readDataset, type DatasetExample } from "../data/datasets/dataset";
import { absentSentence, watched } from "../data/datasets/judged";
import { projectPath } from "../data/paths";
import { familyOf, type NdcgFamily, type ProfileName } from "../rewards/families";
import { bm25, type Bm25Options } from "../search/bm25";
import { engineOver, type EngineOver } from "./engine";
import { examplesTask } from "./examples-task";
import { builderRanges, type PromptOptions } from "./prompted";
import type { FamilyTask } from "./task";

/** Which collection, searched how. */
export interface BeirOptions extends PromptOptions {
  /** corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv, plain or gzipped */
  readonly folder: string;
  /** "test" if absent */
  readonly split?: "train" | "dev" | "test";
  /** BM25 if absent; a dense engine is one, too */
  readonly engine?: EngineOver;
  /** of the default engine */
  readonly bm25?: Bm25Options;
  /** the engine compares meanings: prompts and training cut-offs of DeepRetrieval's dense sets */
  readonly dense?: boolean;
  /** a published file of the same questions, for its prompts */
  readonly data?: string;
  /** which of DeepRetrieval's sets this is; the folder's name if absent */
  readonly source?: string;
  /** hits that count; by the table of families if absent */
  readonly k?: number;
  /** "safe" if absent */
  readonly profile?: ProfileName;
  /** problems at most */
  readonly limit?: number;
}

const optionRanges: Readonly<Record<keyof BeirOptions, Range>> = {
  ...builderRanges,
  folder: filledText,
  split: oneOf("train", "dev", "test"),
  engine: either(callable, having("an engine with a name and a search", "search")),
  bm25: having("options of bm25"),
  dense: flag,
  data: text,
};

/** A BEIR collection as a task. */
export interface BeirTask extends FamilyTask {
  readonly engine: SearchEngine;
}

/**
 * Document search over a BEIR collection (SciFact, NFCorpus, FEVER, HotpotQA, FiQA, MS MARCO, or your own in this
 * form): the reward is 0.1 + nDCG@k, or 0 where nothing relevant is found.
 *
 * BM25 has Anserini's k1 and b. With the `reference` profile it has DeepRetrieval's, 1.2 and 0.75 for SciFact and FiQA,
 * and loses the first word of a query as DeepRetrieval's does (`contents:`).
 */
export async function beir(options: BeirOptions): Promise<BeirTask> {
  checkOptions("beir", options, optionRanges);
  const {
    folder,
    split = "test",
    engine,
    bm25: parameters,
    dense = false,
    data,
    source,
    k,
    profile,
    limit,
    ...prompts
  } = options;
  const collection = await readBeir(projectPath(folder), split);
  const name = source ?? collection.name;
  const family = ndcgFamily(name, dense, split);
  const examples = data
    ? judgedBy(await readDataset(projectPath(data)), collection)
    : [...collection.queries].map(
        ([id, query]): DatasetExample => ({
          source: name,
          problem: { id, query, judgments: collection.judgments[id]! },
          fields: {},
          split,
        }),
      );
  const { documents, absent } = watched(collection.corpus(), collection.judgments);
  const over = engine
    ? await engineOver(engine, typeof engine === "function" ? await collected(documents) : [])
    : await bm25(documents, {
        name: `BM25 over ${name}`,
        ...(profile === "reference" && referenceBm25(name)),
        ...parameters,
      });
  // an engine that was given has read its own
  const lacking = typeof engine === "object" ? undefined : absentSentence(`the corpus of ${name}`, absent());
  if (lacking !== undefined) process.emitWarning(`beir: ${lacking}`);
  const task = examplesTask({
    name: `${name}/${split}`,
    examples,
    family,
    engine: over,
    k,
    profile,
    limit,
    prompts: { ...prompts, reasoning: prompts.reasoning ?? true },
  });
  return { ...task, engine: over };
}

/** The row of the table of families; a collection that DeepRetrieval does not know is treated as NFCorpus is. */
function ndcgFamily(name: string, dense: boolean, split: string): NdcgFamily {
  const traits = `${dense ? "_dense" : ""}_${split === "dev" ? "val" : split}`;
  const known = ["scifact", "nfcorpus", "fever", "hotpotqa", "fiqa", "msmarco"].find((each) =>
    name.toLowerCase().includes(each),
  );
  const found = familyOf(
    known === "msmarco" ? `msmarco_beir${traits}` : `${known ?? "nfcorpus"}${traits}`,
  ) as NdcgFamily;
  return known ? found : { ...found, name };
}

const referenceBm25 = (name: string): Bm25Options => ({
  contentsPrefix: true,
  ...(/scifact|fiqa/i.test(name) ? { k1: 1.2, b: 0.75 } : {}),
});

/** Published rows with the collection's judgments: SciFact's rows have one document each. */
const judgedBy = (examples: readonly DatasetExample[], { judgments }: Beir): DatasetExample[] =>
  examples.map((example) => ({
    ...example,
    problem: {
      ...example.problem,
      judgments: judgments[example.problem.id] ?? example.problem.judgments,
    } satisfies Problem,
  }));

async function collected(documents: AsyncIterable<SearchDocument>): Promise<SearchDocument[]> {
  const all: SearchDocument[] = [];
  for await (const document of documents) all.push(document);
  return all;
}
