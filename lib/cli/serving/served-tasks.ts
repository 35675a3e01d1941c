import { existsSync } from "node:fs";
import path from "node:path";
import type { SearchEngine, Task } from "../../core/roles";
import { syntheticLiterature } from "../../data/literature/literature";
import type { RowEngines } from "../../rewards/score-row";
import type { ServedTask } from "../../serving/scoring/served-task";
import { datasetTask } from "../../tasks/dataset-task";
import { examplePassages } from "../../tasks/examples/example-passages";
import { exampleTask } from "../../tasks/examples/example-task";
import { contentsOf } from "../../tasks/engine";
import { pubmed, type Split } from "../../tasks/pubmed";
import { sql } from "../../tasks/sql";
import { pathHere } from "../command/options";
import { UsageError } from "../command/usage";

/** What the command line says beside the names of tasks. */
export interface TaskParts {
  readonly engines: RowEngines; // that --engine and --passages name
  readonly databases: string | undefined; // a folder
  readonly textOf?: ServedTask["textOf"];
}

/** A task that has a name. */
interface NamedTask {
  readonly about: string;
  readonly splits?: readonly Split[]; // that may follow a colon, the first if none does
  readonly open: (split: Split, engine: SearchEngine | undefined) => Promise<Task>;
  readonly textOf?: () => ServedTask["textOf"];
}

const splits = ["train", "validation", "test"] as const;

/** Tasks that need no data of your own. A new one is a new line. */
const named: Readonly<Record<string, NamedTask>> = {
  pubmed: {
    about: "review questions over the embedded synthetic literature, whose records never existed",
    splits,
    open: (split, engine) => pubmed({ split, ...(engine && { engine }) }),
    textOf: () => literatureText(),
  },
  ctgov: { about: "an example: review questions over synthetic trials", open: () => exampleTask("trials") },
  beir: {
    about: "an example: requests over synthetic records",
    open: (_, engine) => exampleTask("documents", engine ? { engine } : {}),
    textOf: () => literatureText(),
  },
  evidence: {
    about: "an example: open questions over a few passages that were written for it",
    open: (_, engine) => exampleTask("passages", engine ? { engine } : {}),
    textOf: () => passageText(),
  },
  sql: { about: "an example: questions to small databases", open: () => exampleTask("databases") },
};

export const taskNames = Object.entries(named).map(([name, { splits }]) => (splits ? `${name}[:SPLIT]` : name));

/** The task that `--task` names: one of the table, or a file in DeepRetrieval's schema. */
export async function servedTask(given: string, parts: TaskParts): Promise<ServedTask & { close?: () => void }> {
  const [word, split] = given.split(/:(.*)/s) as [string, string?];
  const known = Object.hasOwn(named, word) ? named[word] : undefined;
  if (known) {
    if (split !== undefined && !known.splits?.includes(split as Split))
      throw new UsageError(
        `--task ${given}: ${known.splits ? `a split is ${known.splits.join(", ")}` : `${word} has no splits`}`,
      );
    const task = await known.open((split as Split | undefined) ?? "train", parts.engines.engine);
    const textOf = known.textOf?.();
    return { name: given.replace(":", "-"), about: known.about, task, ...(textOf && { textOf }) };
  }
  if (!existsSync(given))
    throw new UsageError(
      `--task ${given}: there is no such task or file. Tasks: ${taskNames.join(", ")}, or a FILE of rows`,
    );
  return fileTask(given, parts);
}

async function fileTask(
  given: string,
  { engines, databases, textOf }: TaskParts,
): Promise<ServedTask & { close?: () => void }> {
  const file = pathHere(given);
  const name = path
    .basename(given)
    .replace(/(\.\w+)+$/, "")
    .replace(/[^\w.-]+/g, "-");
  const about = `the questions of ${path.basename(given)}`;
  if (databases !== undefined) {
    const task = await sql({ data: file, databases: pathHere(databases) });
    return { name, about, task, close: () => task.dispose() };
  }
  const { engine, spans } = engines;
  const task = await datasetTask(file, { ...(engine && { engine }), ...(spans && { spans }) });
  return { name, about, task, ...(textOf && { textOf }) };
}

function literatureText(): (id: string) => string | undefined {
  const { publications } = syntheticLiterature();
  const byId = new Map(publications.map(({ pmid, title, abstract }) => [pmid, contentsOf({ title, text: abstract })]));
  return (id) => byId.get(id);
}

function passageText(): (id: string) => string | undefined {
  const byId = new Map(examplePassages.map(([title, text], i) => [`p${i + 1}`, contentsOf({ title, text })]));
  return (id) => byId.get(id);
}
