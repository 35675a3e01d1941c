import type { Problem } from "../../core/records";
import type { SearchEngine, Task } from "../../core/roles";
import { syntheticLiterature } from "../../data/literature/literature";
import { ndcgAt } from "../../metrics/ndcg";
import { recallAt } from "../../metrics/recall";
import { publicationPrompt } from "../../prompts/templates";
import { worded } from "../../prompts/wording";
import { familyOf } from "../../rewards/families";
import { spansOf } from "../../rewards/spans";
import { bm25 } from "../../search/bm25";
import { sqlite } from "../../search/sql/sqlite";
import { contentsOf, engineOver, type EngineOver } from "../engine";
import { task } from "../task";
import { exampleDatabases } from "./example-databases";
import { syntheticTrials } from "./synthetic-trials";
import { examplePassages, exampleQuestions } from "./example-passages";

/** What is searched: documents (BEIR's kind), trials, passages that hold an answer, or databases. */
export type ExampleKind = "documents" | "trials" | "passages" | "databases";

/** Another engine over the example's documents, or fewer of its problems. */
export interface ExampleOptions {
  /** of "documents" and "passages": an engine, or what makes one of the documents; the default is BM25 */
  readonly engine?: EngineOver;
  /** problems at most */
  readonly limit?: number;
}

/**
 * A task of each family that needs no data and no network, to try a notebook or a system with. Documents and trials are
 * of the synthetic literature and never existed; passages, questions and databases were written for this project. Its
 * numbers say nothing about real collections.
 *
 * A problem of "passages" has an expert query. Throws RangeError for another kind.
 */
export async function exampleTask(
  kind: ExampleKind,
  { engine, limit = Infinity }: ExampleOptions = {},
): Promise<Task & { readonly engine?: SearchEngine; readonly k?: number }> {
  const made = { documents, trials, passages, databases }[kind];
  if (made === undefined)
    throw new RangeError(
      `exampleTask: ${JSON.stringify(kind)} is no example; there are documents, trials, passages and databases.`,
    );
  return made(engine ?? ((some) => bm25(some)), limit);
}

const records = 3000; // of the synthetic literature, those of the questions included

async function documents(engine: EngineOver, limit: number) {
  const { problems, publications } = reviews(60);
  const relevant = new Set(problems.flatMap(({ judgments }) => Object.keys(judgments)));
  const others = publications.filter(({ pmid }) => !relevant.has(pmid)).slice(0, Math.max(0, records - relevant.size));
  const kept = [...publications.filter(({ pmid }) => relevant.has(pmid)), ...others];
  const contents = kept.map(({ pmid, title, abstract }) => ({
    id: pmid,
    contents: contentsOf({ title, text: abstract }),
  }));
  const over = await engineOver(engine, contents);
  const options = {
    name: "example documents",
    problems: problems.slice(0, limit).map(({ maxDate: _, ...problem }) => problem),
    engine: over,
    prompt: (problem: Problem) => publicationPrompt(problem),
    metrics: [ndcgAt(10), recallAt(100)],
  };
  return { ...task(options), engine: over, k: 100 };
}

const trialProblems = 60;

const ungrouped = ({ group: _, ...problem }: Problem): Problem => problem;

async function trials(_: EngineOver, limit: number) {
  const { engine, asked } = syntheticTrials();
  const options = {
    name: "example trials",
    problems: asked("test")
      .slice(0, trialProblems)
      .map(({ problem }) => ungrouped(problem))
      .slice(0, limit),
    engine,
    k: 3000,
    prompt: (problem: Problem) => publicationPrompt(problem),
    metrics: [recallAt(3000)],
  };
  return { ...task(options), engine, k: 3000 };
}

function reviews(most: number) {
  const { publications, reviews } = syntheticLiterature();
  const problems = reviews
    .filter(({ split }) => split === "test")
    .slice(0, most)
    .map(
      ({ id, question, pico, maxDate, expert, included }): Problem => ({
        id,
        query: question,
        pico,
        maxDate,
        expert,
        judgments: Object.fromEntries(included.map((pmid) => [pmid, 1])),
      }),
    );
  return { problems, publications };
}

async function passages(engine: EngineOver, limit: number) {
  const texts = new Map(examplePassages.map(([title, text], i) => [`p${i + 1}`, contentsOf({ title, text })]));
  const over = await engineOver(
    engine,
    [...texts].map(([id, contents]) => ({ id, contents })),
  );
  const problems = exampleQuestions.map(
    ([query, answers, expert], i): Problem => ({ id: `q${i + 1}`, query, answers, expert, judgments: {} }),
  );
  const own = task({
    name: "example passages",
    family: familyOf("nq_serini"),
    problems: problems.slice(0, limit),
    prompt: (problem) => worded(problem, { wording: "passages" }),
    engine: over,
    spans: spansOf((id) => texts.get(id)!),
    k: 20,
  });
  return { ...own, engine: over };
}

async function databases(_: EngineOver, limit: number) {
  const opened = new Map(Object.entries(exampleDatabases).map(([name, { schema }]) => [name, sqlite({ schema })]));
  const problems = Object.entries(exampleDatabases).flatMap(([database, { schema, questions }]) =>
    questions.map(
      ([query, gold], i): Problem => ({
        id: `${database}-${i + 1}`,
        query,
        expert: gold,
        judgments: {},
        sql: {
          database,
          gold,
          schema: schema
            .split("\n")
            .filter((line) => line.startsWith("CREATE"))
            .join("\n"),
        },
      }),
    ),
  );
  return task({
    name: "example databases",
    family: familyOf("spider"),
    problems: problems.slice(0, limit),
    prompt: (problem) => worded(problem, { wording: "sql" }),
    databases: (name) => opened.get(name)!,
  });
}

/** Queries for "passages" by someone who knew the answers, to see what the audit of answers in queries finds. */
export const exampleKnowingQuery = {
  name: "knew the answer",
  /** The known query of each problem; of a problem that is not an example, its question. */
  rewrite: async (problems: readonly Problem[]): Promise<readonly string[]> =>
    problems.map(({ query }) => exampleQuestions.find(([question]) => question === query)?.[3] ?? query),
};
