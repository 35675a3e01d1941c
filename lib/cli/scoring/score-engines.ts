import { existsSync } from "node:fs";
import path from "node:path";
import type { SearchEngine } from "../../core/roles";
import { syntheticLiterature } from "../../data/literature/literature";
import { readPublications } from "../../data/bibliography/publications";
import { readPassages } from "../../data/datasets/questions";
import type { RowEngines } from "../../rewards/score-row";
import type { Spans } from "../../rewards/rank-reward";
import { spansOf } from "../../rewards/spans";
import { bm25, type Bm25Options } from "../../search/bm25";
import { clinicalTrials } from "../../search/clinical-trials/clinical-trials";
import { eutils } from "../../search/eutils/eutils";
import { literature } from "../../search/literature";
import type { Shared } from "../../search/remote/shared/shared";
import { sqlite, sqlitePool } from "../../search/sql/sqlite";
import { sqliteVersion } from "../../search/sql/sqlite-version";
import { contentsOf } from "../../tasks/engine";
import { pathHere } from "../command/options";
import { UsageError } from "../command/usage";

/** What the command line says of engines. */
interface EngineOptions {
  readonly engine?: string; // NAME or NAME:ARGUMENT
  readonly databases?: string; // the folder that paths of databases are relative to
  readonly passages?: string; // a file with the texts of the passages
  readonly bm25?: Bm25Options;
  readonly shared?: Shared; // what replicas of a server share, for engines on the network
}

/** An engine that `--engine NAME` or `--engine NAME:ARGUMENT` names. */
interface NamedEngine {
  readonly argument?: string; // what follows the colon, as the usage calls it
  readonly optional?: boolean;
  readonly open: (argument: string, options: EngineOptions) => Promise<SearchEngine>;
}

/** What `--engine` may say. A new engine is a new line. */
const engines: Readonly<Record<string, NamedEngine>> = {
  synthetic: {
    open: async () => {
      const { publications, thesaurus } = syntheticLiterature();
      return literature(publications, { name: "synthetic PubMed", thesaurus, synthetic: true, syntax: "pubmed" });
    },
  },
  corpus: {
    argument: "FILE",
    open: async (file) => literature(await readPublications(existing(file)), { name: file, syntax: "pubmed" }),
  },
  bm25: {
    argument: "DIR",
    open: async (folder, options) => bm25(existing(folder), { name: `BM25 over ${folder}`, ...options.bm25 }),
  },
  pubmed: {
    argument: "CASSETTE or URL",
    optional: true,
    open: async (from, { shared }) => eutils({ ...remoteFrom(from), shared, apiKey: process.env["NCBI_API_KEY"] }),
  },
  ctgov: {
    argument: "CASSETTE or URL",
    optional: true,
    open: async (from, { shared }) => clinicalTrials({ ...remoteFrom(from), shared }),
  },
};

export const engineNames = Object.entries(engines).map(([name, { argument, optional }]) =>
  argument === undefined ? name : optional ? `${name}[:${argument}]` : `${name}:${argument}`,
);

/** The engines of a stream of rows. */
interface Opened {
  readonly engines: RowEngines;
  /** What a reader of the rewards has to know of the engines that ran; "" for nothing. */
  remark(): string;
  /** Lets go of them. */
  close(): void;
}

/** The engines that the command line names, databases among them. */
export async function rowEngines(options: EngineOptions): Promise<Opened> {
  const { engine, databases = ".", passages } = options;
  const search = engine === undefined ? {} : { engine: await engineNamed(engine, options) };
  const spans = passages === undefined ? {} : { spans: await spansIn(existing(passages)) };
  const pool = sqlitePool();
  let databasesOpened = 0;
  const opened = (...[database, of]: Parameters<typeof sqlite>) => (
    databasesOpened++, sqlite(database, { pool, ...of })
  );
  return {
    engines: {
      ...search,
      ...spans,
      build: async (schema) => opened({ schema }, { name: "the row's schema" }),
      open: async (dbPath) => opened(path.resolve(databases, dbPath)),
    },
    remark: () =>
      databasesOpened > 0
        ? `SQL ran on SQLite ${sqliteVersion()}; averages of another version may differ in the last digit (Python: ` +
          "sqlite3.sqlite_version)"
        : "",
    close: () => pool.dispose(),
  };
}

/** The engine that `--engine` names. Throws UsageError. */
export function engineNamed(text: string, options: EngineOptions = {}): Promise<SearchEngine> {
  const [name, argument = ""] = text.split(/:(.*)/s) as [string, string?];
  const engine = Object.hasOwn(engines, name) ? engines[name] : undefined;
  if (!engine) throw new UsageError(`--engine ${text}: there is no such engine. Engines: ${engineNames.join(", ")}`);
  if (argument && engine.argument === undefined)
    throw new UsageError(`--engine ${text}: ${name} takes nothing after a colon`);
  if (!argument && engine.argument !== undefined && !engine.optional)
    throw new UsageError(`--engine ${text}: write ${name}:${engine.argument}`);
  return engine.open(argument, options);
}

async function spansIn(file: string): Promise<Spans> {
  const texts = new Map((await readPassages(file)).map((passage) => [passage.id, contentsOf(passage)]));
  return spansOf((docId) => {
    const text = texts.get(docId);
    if (text === undefined)
      throw new RangeError(
        `score: the engine found a passage "${docId}" that is not in ${file}. Give the passages that were indexed.`,
      );
    return text;
  });
}

/** Nothing: the service itself; a file: what it answered when that was recorded; an address: the service elsewhere. */
function remoteFrom(text: string): { readonly base?: string; readonly replay?: string } {
  if (!text) return {};
  return /^https?:/.test(text) ? { base: text } : { replay: existing(text) };
}

function existing(file: string): string {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file or folder`);
  return pathHere(file);
}
