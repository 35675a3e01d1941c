import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { random } from "../../lib/core/random";
import type { Judgments, Publication } from "../../lib/core/records";
import { syntheticLiterature } from "../../lib/data/literature/literature";
import { writeTrace } from "../../lib/data/literature/writer";
import { readPublications } from "../../lib/data/bibliography/publications";
import { readQrels } from "../../lib/data/trec/qrels";
import { stopWords, words } from "../../lib/search/boolean/text/words";
import { literature, type Literature } from "../../lib/search/literature";

const shared = join(__dirname, "../../../shared/data/pubmed");

interface Question {
  readonly query: string;
  readonly judgments: Judgments;
  readonly maxDate?: string;
}

/**
 * Recall rewards per second of the embedded Boolean engine, one thread: a query read, mapped, searched and compared
 * with the relevant records at k = 3000. Over the synthetic records `rewrites` are what the cold-started model writes
 * for its training questions. Over the real ones, for which there is none, and beside it, `fromTitles` are three groups
 * of two words, phrases or truncated words drawn from titles, so that hardly a term comes twice: the worst case.
 * `published` are the 160 Boolean queries of real reviews, up to 6,689 characters long, asked once. `records=N` sizes
 * the synthetic corpus.
 */
export async function bench(
  { records = "1000000", queries = "5000" }: Record<string, string>,
  log: (line: string) => void,
) {
  const published = ["sysrev-seed-collection.jsonl", "clef-tar-2019.jsonl"]
    .flatMap((file) => rows(file))
    .map((row) => String(row["edited_search"] ?? row["query"]));
  log("21,003 real records");
  const real = await readPublications(join(shared, "corpus.jsonl.gz"));
  const qrels = Object.values(await readQrels(join(shared, "qrels.txt.gz")));
  const figures = {
    real: await corpusFigures(
      real,
      {},
      {
        fromTitles: asked(real, qrels, Number(queries)),
        published: published.map((query, i) => ({ query, judgments: qrels[i % qrels.length]!, maxDate: "2015/12/31" })),
      },
    ),
  };

  log(`${records} synthetic records: writing them`);
  const world = syntheticLiterature({ records: Number(records) });
  const { publications, reviews, thesaurus } = world;
  const included = reviews.map(({ included }) => Object.fromEntries(included.map((pmid) => [pmid, 1])));
  log("indexing");
  const synthetic = await corpusFigures(
    publications,
    { thesaurus, synthetic: true },
    {
      rewrites: Array.from({ length: Number(queries) }, (_, i) => ({
        query: writeTrace(reviews[i % reviews.length]!, world, random("traces").fork(i)).query,
        judgments: included[i % included.length]!,
        maxDate: reviews[i % reviews.length]!.maxDate,
      })),
      fromTitles: asked(publications, included, Number(queries) / 10),
      published: published.map((query, i) => ({ query, judgments: included[i]!, maxDate: "2022" })),
    },
  );
  return { ...figures, synthetic };
}

const rows = (file: string): Record<string, unknown>[] =>
  readFileSync(join(shared, "boolean-queries", file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function corpusFigures(
  publications: readonly Publication[],
  options: object,
  workloads: Readonly<Record<string, readonly Question[]>>,
) {
  const before = process.memoryUsage();
  const started = performance.now();
  const engine = literature(publications, options);
  const indexSeconds = (performance.now() - started) / 1000;
  collectGarbage(); // of indexing: not the queries' to collect
  const after = process.memoryUsage();
  const rates: Record<string, Awaited<ReturnType<typeof rate>>> = {};
  for (const [name, questions] of Object.entries(workloads)) rates[name] = await rate(engine, questions);
  return {
    records: engine.size,
    indexSeconds,
    // typed arrays; names and words are on the heap
    indexMegabytes: (after.arrayBuffers - before.arrayBuffers) / 2 ** 20,
    heapMegabytes: after.heapUsed / 2 ** 20, // with the records themselves
    residentMegabytes: after.rss / 2 ** 20,
    ...rates,
  };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

async function rate(engine: Literature, questions: readonly Question[]) {
  const times: number[] = [];
  let [recall, matches] = [0, 0];
  const used = process.cpuUsage();
  for (const { query, judgments, maxDate } of questions) {
    const started = performance.now();
    const found = await engine.recall(query, judgments, 3000, maxDate === undefined ? {} : { maxDate });
    times.push(performance.now() - started);
    recall += found.recall;
    matches += found.total;
  }
  const { user, system } = process.cpuUsage(used);
  const per = (of: readonly number[]): number => (1000 * of.length) / of.reduce((sum, time) => sum + time, 0);
  const [perSecond, coldPerSecond] = [per(times), per(times.slice(0, 500))];
  times.sort((a, b) => a - b);
  return {
    questions: questions.length,
    perSecond,
    coldPerSecond, // the first 500, hardly a query of which was asked before, in a process that has just begun
    // the same on a machine that is busy with other things; garbage collection included
    perCpuSecond: (1e6 * questions.length) / (user + system),
    medianMilliseconds: times[times.length >> 1]!,
    p99Milliseconds: times[Math.floor(times.length * 0.99)]!,
    meanMatches: matches / questions.length,
    meanRecall: recall / questions.length,
  };
}

/** Queries such as a model writes, from the words of random records: (a OR b) AND (c d* OR "e f") … */
function asked(publications: readonly Publication[], judgments: readonly Judgments[], count: number): Question[] {
  const rng = random("boolean bench");
  const term = (): string => {
    const text = words(rng.pick(publications).title).filter((word) => word.length > 3 && !stopWords.has(word));
    if (!text.length) return "aspirin";
    const at = rng.below(text.length);
    const kind = rng.next();
    if (kind < 0.2 && at + 1 < text.length) return `"${text[at]!} ${text[at + 1]!}"`;
    if (kind < 0.3) return `${text[at]!.slice(0, 6)}*`;
    return kind < 0.6 ? `${text[at]!}[tiab]` : text[at]!;
  };
  return Array.from({ length: count }, (_, i) => ({
    query: Array.from({ length: 3 }, () => `(${term()} OR ${term()})`).join(" AND "),
    judgments: judgments[i % judgments.length]!,
    maxDate: "2015/12/31",
  }));
}
