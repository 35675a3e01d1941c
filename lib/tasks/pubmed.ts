import { existsSync } from "node:fs";
import { random } from "../core/random";
import type { Problem, Publication } from "../core/records";
import { having, oneOf, orInfinity, text, whole, type Range } from "../core/ranges";
import { checkOptions } from "../core/settings";
import type { SearchEngine } from "../core/roles";
import { readBibliography } from "../data/bibliography/bibliography";
import { syntheticLiterature } from "../data/literature/literature";
import { absentFrom, absentSentence } from "../data/datasets/judged";
import { readTopics } from "../data/bibliography/publications";
import { projectPath } from "../data/paths";
import { readQrels } from "../data/trec/qrels";
import { publicationPrompt, type TemplateOptions } from "../prompts/templates";
import { familyOf } from "../rewards/families";
import type { RecallReward } from "../rewards/recall-choice";
import { literature } from "../search/literature";
import { type FamilyTask, recallRewards, task } from "./task";

/** The splits of the task. */
export type Split = "train" | "validation" | "test";

/** Which literature, and which of its questions. */
export interface PubmedOptions extends TemplateOptions {
  readonly split?: Split;
  /** problems at most */
  readonly limit?: number;
  /** hits that count: R@k */
  readonly k?: number;
  /** what the reward rises with: see RecallReward; the tiers if absent */
  readonly reward?: RecallReward;
  /** reward rules; "reference" has the tiers */
  readonly profile?: "safe" | "reference";
  /** records as JSON lines, PubMed XML or MEDLINE text, may be gzipped; without one, the synthetic literature */
  readonly corpus?: string;
  /** TREC judgments over the corpus */
  readonly qrels?: string;
  /** JSON lines: the questions */
  readonly topics?: string;
  /** instead of the embedded one: the same problems, searched elsewhere */
  readonly engine?: SearchEngine;
}

const optionRanges: Readonly<Record<keyof PubmedOptions, Range>> = {
  split: oneOf("train", "validation", "test"),
  limit: orInfinity(whole(1)),
  k: whole(1),
  profile: oneOf("safe", "reference"),
  reward: recallRewards,
  corpus: text,
  qrels: text,
  topics: text,
  engine: having("an engine with a name and a search", "search"),
  wording: oneOf("brief", "full"),
};

/** Literature search: problems are review questions, rewards the recall of the studies each review included. */
export interface PubmedTask extends FamilyTask {
  readonly engine: SearchEngine;
  readonly synthetic: boolean; // no record in it is a real publication
}

/**
 * The publication-search task over the synthetic literature, or over your own corpus.
 *
 * Hits are cut at a small `k`, newest first: with all hits counted, the best query would be an OR of everything.
 */
export async function pubmed(options: PubmedOptions = {}): Promise<PubmedTask> {
  checkOptions("pubmed", options, optionRanges);
  const { split = "train", limit = Infinity, k = 50, profile = "safe", wording = "brief" } = options;
  const source = await (options.corpus ? ownCorpus(options) : syntheticCorpus());
  const engine = options.engine ?? source.engine;
  const problems = source.problems[split].slice(0, limit);
  if (!problems.length) {
    const sizes = Object.fromEntries(Object.entries(source.problems).map(([name, own]) => [name, own.length]));
    throw new RangeError(
      `pubmed: the ${split} split of ${engine.name} has no problems. Its splits: ${JSON.stringify(sizes)}.`,
    );
  }
  const built = task({
    name: `${source.name}/${split}`,
    family: familyOf("pubmed"),
    problems,
    prompt: (problem) => publicationPrompt(problem, { wording }),
    engine,
    k,
    profile,
    reward: options.reward,
  });
  return { ...built, engine, synthetic: source.synthetic };
}

interface Source {
  readonly name: string;
  readonly engine: SearchEngine;
  readonly problems: Readonly<Record<Split, readonly Problem[]>>;
  readonly synthetic: boolean;
}

let synthetic: Source | undefined; // two seconds to build, the same for every split

function syntheticCorpus(): Source {
  if (synthetic) return synthetic;
  const { publications, reviews, thesaurus } = syntheticLiterature();
  const of = (split: Split): Problem[] =>
    reviews
      .filter((review) => review.split === split)
      .map(({ id, question, pico, maxDate, expert, included, unseen }): Problem => {
        const judgments = Object.fromEntries(included.map((pmid) => [pmid, 1]));
        return {
          id,
          query: question,
          pico,
          maxDate,
          expert,
          judgments,
          group: unseen ? "a term no training question used" : "terms of training questions",
        };
      });
  const engine = literature(publications, { name: "synthetic PubMed", thesaurus, synthetic: true, syntax: "pubmed" });
  return (synthetic = {
    name: "synthetic PubMed",
    engine,
    problems: { train: of("train"), validation: of("validation"), test: of("test") },
    synthetic: true,
  });
}

async function ownCorpus({ corpus, qrels, topics }: PubmedOptions): Promise<Source> {
  const given = { corpus, qrels, topics };
  const files = Object.fromEntries(Object.entries(given).map(([name, file]) => [name, existing(name, file)])) as Record<
    keyof typeof given,
    string
  >;
  const key = Object.values(files).join("\n");
  const known = own.get(key) ?? readCorpus(corpus!, files);
  own.set(key, known); // three splits, one reading
  return known;
}

const own = new Map<string, Promise<Source>>();

function existing(name: string, file: string | undefined): string {
  if (!file)
    throw new TypeError(
      `pubmed: ${name} is missing. Your own corpus needs all three: corpus (records), qrels (judgments) and ` +
        "topics (questions).",
    );
  const path = projectPath(file);
  if (!existsSync(path))
    throw new TypeError(
      `pubmed: ${name} "${file}" does not exist (looked for ${path}). Give a path from the project's root, or an ` +
        "absolute one.",
    );
  return path;
}

async function readCorpus(name: string, files: Record<"corpus" | "qrels" | "topics", string>): Promise<Source> {
  const publications: readonly Publication[] = await readBibliography(files.corpus);
  const judgments = await readQrels(files.qrels);
  const known = (await readTopics(files.topics)).filter(({ id }) =>
    Object.values(judgments[id] ?? {}).some((grade) => grade > 0),
  );
  const pmids = new Set(publications.map(({ pmid }) => pmid));
  const lacking = absentSentence(
    name,
    absentFrom(judgments, (docId) => pmids.has(docId)),
  );
  if (lacking !== undefined) process.emitWarning(`pubmed: ${lacking}`);
  const problems = known.map(
    ({ id, title, date }): Problem => ({
      id,
      query: title,
      judgments: judgments[id]!,
      ...(date ? { maxDate: date } : {}),
    }),
  );
  return {
    name,
    engine: literature(publications, { name, syntax: "pubmed" }),
    problems: threeWays(problems),
    synthetic: false,
  };
}

/**
 * A corpus that brings no split gets one: three fifths to train on, a fifth to choose by, a fifth to report, by the ids
 * alone.
 */
function threeWays(problems: readonly Problem[]): Record<Split, Problem[]> {
  const shuffled = random("split").shuffle([...problems].sort((a, b) => (a.id < b.id ? -1 : 1)));
  const [first, second] = [Math.ceil(shuffled.length * 0.6), Math.ceil(shuffled.length * 0.8)];
  return { train: shuffled.slice(0, first), validation: shuffled.slice(first, second), test: shuffled.slice(second) };
}
