import { syntheticLiterature } from "../../data/literature/literature";
import type { Problem } from "../../core/records";
import type { SearchEngine } from "../../core/roles";
import { rewriteTaskNames } from "../../serving/rewriting/rewrite-tasks";
import type { LabelledQuestion, PageTask } from "../../serving/page/page-task";
import { datasetTask } from "../../tasks/dataset-task";
import { pathHere, texts } from "../command/options";
import { UsageError } from "../command/usage";

const most = 200; // questions of a file that the page offers
const mostSynthetic = 24;

export const examplesOption = texts(
  "TASK=FILE",
  "questions with known answers that the page at / offers, rows in DeepRetrieval's schema",
);

/**
 * What the page at / knows of tasks: the questions of `--examples`, and those of the synthetic literature for the task
 * that searches it. Throws UsageError.
 */
export function pageTasks(
  given: readonly string[],
  { own, search, engineOf }: PageTaskParts,
): Readonly<Record<string, () => Promise<PageTask>>> {
  const files = given.map((text): [string, () => Promise<PageTask>] => {
    const [name, file] = text.split(/=(.*)/s) as [string, string?];
    if (!file || !rewriteTaskNames.includes(name))
      throw new UsageError(`--examples ${text}: write TASK=FILE. Tasks: ${rewriteTaskNames.join(", ")}`);
    return [name, async () => ({ examples: await examplesIn(pathHere(file), await engineOf(name)) })];
  });
  const elsewhere = search.some((text) => text.startsWith("pubmed="));
  const synthetic = [
    ...(own && !elsewhere ? ["pubmed"] : []),
    ...search.flatMap((text) => (text.endsWith("=synthetic") ? [text.slice(0, -"=synthetic".length)] : [])),
  ];
  return { ...Object.fromEntries(synthetic.map((name) => [name, literaturePage])), ...Object.fromEntries(files) };
}

interface PageTaskParts {
  readonly own: boolean; // the embedded policy answers, whose task searches the synthetic literature
  readonly search: readonly string[]; // of the command line, "TASK=ENGINE"
  readonly engineOf: (task: string) => Promise<SearchEngine> | undefined;
}

async function examplesIn(file: string, engine: SearchEngine | undefined): Promise<readonly LabelledQuestion[]> {
  const { problems } = await datasetTask(file, { limit: most, ...(engine && { engine }) });
  return problems.map(labelled).filter(({ relevant }) => relevant.length > 0);
}

const labelled = ({ id, query, pico, judgments, maxDate }: Problem): LabelledQuestion => ({
  id,
  query,
  relevant: Object.keys(judgments).filter((docId) => judgments[docId]! > 0),
  ...(pico && { pico }),
  ...(maxDate !== undefined && { maxDate }),
});

async function literaturePage(): Promise<PageTask> {
  const { reviews, publications } = syntheticLiterature();
  const titles = new Map(publications.map(({ pmid, title }) => [pmid, title]));
  return {
    examples: reviews
      .filter(({ split }) => split === "test")
      .slice(0, mostSynthetic)
      .map(({ id, question, pico, included, maxDate }) => ({ id, query: question, pico, relevant: included, maxDate })),
    titleOf: (id) => titles.get(id),
  };
}
