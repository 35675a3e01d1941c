import { existsSync } from "node:fs";
import path from "node:path";
import type { SearchEngine } from "../core/roles";
import { syntheticLiterature } from "../data/literature/literature";
import { readPublications } from "../data/publications";
import type { RowEngines } from "../rewards/score-row";
import { clinicalTrials } from "../search/clinical-trials/clinical-trials";
import { eutils } from "../search/eutils/eutils";
import { literature } from "../search/literature";
import { sqlite, sqlitePool } from "../search/sql/sqlite";
import { UsageError } from "./usage";

/** What `--engine` may say. A new engine is a new line. */
const engines: Readonly<Record<string, (argument: string) => Promise<SearchEngine>>> = {
  synthetic: async () => {
    const { publications, thesaurus } = syntheticLiterature();
    return literature(publications, { name: "synthetic PubMed", thesaurus, synthetic: true, syntax: "pubmed" });
  },
  pubmed: async () => eutils({ apiKey: process.env["NCBI_API_KEY"] }),
  "pubmed:CASSETTE": async (file) => eutils({ replay: existingFile(file) }),
  ctgov: async () => clinicalTrials(),
  "ctgov:CASSETTE": async (file) => clinicalTrials({ replay: existingFile(file) }),
  "corpus:FILE": async (file) => literature(await readPublications(existingFile(file)), { name: file, syntax: "pubmed" }),
};

export const engineNames = Object.keys(engines);

/** The engines that the command line names, databases among them, and how to let go of them. */
export async function rowEngines(engine: string | undefined, databases = "."): Promise<{ readonly engines: RowEngines; readonly close: () => void }> {
  const search = engine === undefined ? {} : { engine: await named(engine) };
  const pool = sqlitePool();
  return {
    engines: {
      ...search,
      build: async (schema) => sqlite({ schema }, { name: "the row's schema", pool }),
      open: async (dbPath) => sqlite(path.resolve(databases, dbPath), { pool }),
    },
    close: () => pool.dispose(),
  };
}

function named(engine: string): Promise<SearchEngine> {
  const [name, argument = ""] = engine.split(/:(.*)/s) as [string, string?];
  const found = Object.entries(engines).find(([pattern]) => pattern.split(":")[0] === name && pattern.includes(":") === engine.includes(":"));
  if (!found) throw new UsageError(`--engine ${engine}: there is no such engine. Engines: ${engineNames.join(", ")}`);
  return found[1](argument);
}

function existingFile(file: string): string {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  return file;
}
