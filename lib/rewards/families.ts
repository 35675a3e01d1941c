import type { AnswerKey, Fault, QueryRule } from "../prompts/answer";
import { type Tiers, rankTiers, recallTiers, squadTiers } from "./tiers";

/**
 * The four families of rewards, and which data set belongs to which. DeepRetrieval writes them out in 23 files
 * (`verl/utils/reward_score*`) and chooses by substrings of `data_source` (`main_ppo.py`); here the differences
 * are the cells of a table.
 *
 *   recall      tier of recall@k, +1 for the form                  PubMed, ClinicalTrials.gov
 *   rank        tier of the first passage with an answer, +1       NQ, TriviaQA, SQuAD
 *   ndcg        0.1 + nDCG@k, or 0 where nothing is found           BEIR and MS MARCO
 *   execution   0.1 + 1 for the gold query's result, or less        BIRD, Spider, WikiSQL
 */
export type Family = RecallFamily | RankFamily | NdcgFamily | ExecutionFamily;

/** `safe` is the default. `reference` is DeepRetrieval's to the bit, with its loopholes, for parity. */
export type ProfileName = "safe" | "reference";

/** What a turn that could not be read earns, in all. */
export type Faults = Readonly<Record<Fault, number>>;

interface Common {
  readonly name: string; // the data set, as DeepRetrieval's file of rewards is called
  readonly reasoning: boolean; // the <think> pair is required
  readonly key: AnswerKey; // of the JSON that holds the query
  readonly sent: Exclude<QueryRule, "filled">; // what the reference passes to its engine; `safe` takes "filled" only
  readonly form: number; // earned for a turn that could be read, on top of what its query earns
  readonly faults: Readonly<Record<ProfileName, Faults>>;
  readonly outage: number; // what the reference gives when its engine is down. Ours throws; this is for parity alone
}

/** A family whose reward is the tier of the share of relevant documents that was found. */
export interface RecallFamily extends Common {
  readonly kind: "recall";
  readonly k: number; // hits that count
  readonly tiers: Tiers;
}

/** A family whose reward is the tier of the rank of the first passage with an answer. */
export interface RankFamily extends Common {
  readonly kind: "rank";
  readonly k: number;
  readonly tiers: Tiers;
}

/** A family whose reward is nDCG of the ranking. */
export interface NdcgFamily extends Common {
  readonly kind: "ndcg";
  readonly k: number; // smaller in test and validation, as in the reference
  readonly engine: "bm25" | "dense";
}

/** A family whose reward compares what a SQL query returns with what the gold query returns. */
export interface ExecutionFamily extends Common {
  readonly kind: "execution";
  readonly different: number; // for a query that runs and gives something else
  readonly failing: number; // for one that does not run, unless it is a syntax error, which earns 0
}

/** What of `data_source` changes a family. */
interface Traits {
  readonly reasoning: boolean; // unless it says "no_reason", or "wor" (without reasoning) of SQL
  readonly training: boolean; // it says neither "test" nor "val"
  readonly dense: boolean;
}

/**
 * The family of the rows of a data set, by the reference's routing: the first part that occurs in
 * `dataSource` decides. FiQA, which the reference forgot to route, is routed here. Throws RangeError for others.
 */
export function familyOf(dataSource: string): Family {
  const route = routes.find(([part]) => dataSource.includes(part));
  if (route === undefined) {
    throw new RangeError(
      `familyOf: no family of rewards is known for data_source "${dataSource}". It must contain one of: ` +
        `${routes.map(([part]) => part).join(", ")}.`,
    );
  }
  return route[1](route[0], {
    reasoning: !/no_reason|_wor/.test(dataSource),
    training: !/test|val/.test(dataSource),
    dense: dataSource.includes("dense"),
  });
}

const searchForm = { key: "query", sent: "string", form: 1, outage: -3 } as const;
const searchFaults = tierFaults(-3);

const recallFamily = (name: string, { reasoning }: Traits): RecallFamily => ({
  kind: "recall",
  name,
  reasoning,
  ...searchForm,
  faults: searchFaults,
  k: 3000,
  tiers: recallTiers,
});

/** ctgov.py appends no date to the query, so numbers and nulls pass as well. */
const trialFamily = (name: string, traits: Traits): RecallFamily => ({ ...recallFamily(name, traits), sent: "any" });

const rankFamily = (name: string, { reasoning }: Traits): RankFamily => ({
  kind: "rank",
  name,
  reasoning,
  ...searchForm,
  faults: searchFaults,
  k: 3000,
  tiers: rankTiers,
});

const squadFamily = (name: string, traits: Traits): RankFamily => ({
  ...rankFamily(name, traits),
  tiers: squadTiers,
  faults: tierFaults(-2),
  outage: -2,
});

/** Training cut-offs; In test and validation k is 10. */
const cutoffs: Readonly<Record<string, readonly [bm25: number, dense: number]>> = {
  scifact: [50, 1000],
  nfcorpus: [1000, 100],
  fever: [1000, 1000],
  hotpotqa: [3000, 1000],
  fiqa: [1000, 1000], // no dense one in the reference
  msmarco_beir: [1000, 1000],
  msmarco: [10, 10], // health, science, tech, all
};

const ndcgFamily = (name: string, { reasoning, training, dense }: Traits): NdcgFamily => ({
  kind: "ndcg",
  name,
  reasoning,
  key: "query",
  sent: dense || name === "msmarco" ? "string" : "any", // f"contents:{query}" makes text of anything
  form: 0.1,
  faults: { safe: allFaults(-2), reference: { ...allFaults(-2), query: 0 } },
  outage: 0,
  k: training ? cutoffs[name]![dense ? 1 : 0] : 10,
  engine: dense ? "dense" : "bm25",
});

const executionFamily = (name: string, { reasoning }: Traits): ExecutionFamily => {
  const bird = name === "bird";
  const failing = bird && !reasoning ? 0.1 : 0; // bird_no_reason.py alone pays for a query that at least parses
  const failed = failing > 0 ? 0.1 + failing : 0;
  return {
    kind: "execution",
    name,
    reasoning,
    key: "sql",
    sent: "string",
    form: 0.1,
    faults: { safe: allFaults(-2), reference: { ...allFaults(-2), query: failed } },
    outage: failed,
    different: bird ? 0.3 : 0,
    failing,
  };
};

const routes: readonly (readonly [part: string, family: (name: string, traits: Traits) => Family])[] = [
  ["pubmed", recallFamily],
  ["pmd_no_reason", recallFamily],
  ["ctgov", trialFamily],
  ["scifact", ndcgFamily],
  ["nfcorpus", ndcgFamily],
  ["nq_serini", rankFamily],
  ["triviaqa", rankFamily],
  ["squad", squadFamily],
  ["hotpotqa", ndcgFamily],
  ["fever", ndcgFamily],
  ["fiqa", ndcgFamily],
  ["msmarco_beir", ndcgFamily],
  ["msmarco", ndcgFamily],
  ["bird", executionFamily],
  ["spider", executionFamily],
  ["wikisql", executionFamily],
];

/**
 * Faults of the families with tiers. The reference's loophole: an empty `<answer></answer>` is never searched and
 * still keeps its +1, more than an honest query that finds 4 % (−2.5). In `safe` it earns what bad JSON earns.
 */
function tierFaults(unsearched: number): Record<ProfileName, Faults> {
  const safe = { ...allFaults(unsearched), structure: -4 };
  return { safe, reference: { ...safe, empty: 1 } };
}

function allFaults(reward: number): Faults {
  return { structure: reward, json: reward, query: reward, empty: reward };
}
