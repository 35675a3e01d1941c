import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { compareCards } from "../../lib/evaluation/cards/compare-cards";
import { runCard } from "../../lib/evaluation/cards/read-card";
import { evaluate, type Result } from "../../lib/evaluation/evaluate";
import { failures, summary } from "../../lib/evaluation/frames/frames";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { faithful } from "../../lib/evaluation/systems/faithful";
import { model } from "../../lib/models/model";
import { openAI } from "../../lib/models/remote/openai";
import { clinicalTrials } from "../../lib/search/clinical-trials/clinical-trials";
import { eutils } from "../../lib/search/eutils/eutils";
import { rewriter } from "../../lib/serving/rewriter";
import { datasetTask } from "../../lib/tasks/dataset-task";
import { jsonlFile, temporaryFolder, tinyConfig, tinyTokenizer } from "../fixtures";
import { closeHubs, hub } from "../loopback-hub";
import {
  checkpointFiles,
  closeServices,
  modelServer,
  publishedRows,
  pubmedServer,
  registryServer,
} from "../loopback-services";

/** The published checkpoint, PubMed, ClinicalTrials.gov and a server of models, all on this machine. */

const checkpoint = "DeepRetrieval/DeepRetrieval-PubMed-3B";
test.before(async () => void (await useBackend("cpu")));
test.after(() => {
  closeHubs();
  closeServices();
});

/** The hub with the checkpoint under the names of the real repository. */
const replica = () => {
  const files = checkpointFiles({ ...tinyConfig, max_position_embeddings: 1024 }, tinyTokenizer);
  return hub(undefined, () => files);
};
const rows = (source: "pubmed" | "ctgov", ids: readonly string[]) => jsonlFile(...publishedRows(source, ids, 10));
/** Every second question finds one of the two studies. */
const evenQuestions = (term: string) => (/[02468]$/.test(term) ? ["11111111"] : []);

async function collect(run: AsyncGenerator<Result, void>): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of run) results.push(result);
  return results;
}

test("the checkpoint comes from the hub in three shards and is evaluated faithfully over PubMed", async () => {
  const [{ options }, { base, asked }] = [await replica(), await pubmedServer(evenQuestions)];
  const policy = await model(checkpoint, options);
  const task = await datasetTask(rows("pubmed", ["11111111", "22222222"]), {
    engine: eutils({ base, minDate: "1970/01/01", requestsPerSecond: 1000 }),
  });
  const folder = temporaryFolder();
  const systems = [originalQuery, faithful(policy, task, { checkpoint, maxTokens: 4 })];
  const results = await collect(evaluate(task, systems, { folder }));
  const frame = summary(results);
  // half of the questions find one of two
  assert.equal((frame.values as unknown[][])[0]!.slice(0, 4), ["question as typed", 10, 0, 0.25]);
  // random weights write no answer
  assert.equal((frame.values as unknown[][])[1]!.slice(0, 4), [checkpoint, 10, 10, 0]);
  assert.equal(
    ["maxdate", "mindate", "datetype"].map((name) => asked[0]!.get(name)),
    ["2020/06/01", "1970/01/01", "pdat"],
  );
  const { about } = runCard(folder).systems[1]!;
  assert.equal(
    [about["mode"], about["temperature"], about["backend"], about["differs"]],
    ["faithful", 0, "cpu", undefined],
  );
  assert.match(String(about["weights"]), /^[0-9a-f]{16}$/);
  policy.dispose();
});

test("two backends: the run card says that they differ, and that the numbers do not", async () => {
  const task = await datasetTask(rows("pubmed", ["11111111"]), {
    engine: { name: "none", search: async () => ({ hits: [], total: 0, warnings: [] }) },
  });
  const { options } = await replica();
  const cards = [];
  for (const name of ["cpu", "wasm"] as const) {
    await useBackend(name);
    const policy = await model(checkpoint, options);
    const folder = temporaryFolder();
    await collect(evaluate(task, [faithful(policy, task, { checkpoint, maxTokens: 4 })], { folder, limit: 3 }));
    cards.push(runCard(folder));
    policy.dispose();
  }
  await useBackend("cpu");
  const compared = compareCards(cards[0]!, cards[1]!);
  assert.is(compared.agrees, true);
  assert.ok(
    compared.circumstances.some(
      ({ what, before, after }) => what === `${checkpoint}: backend` && before === "cpu" && after === "wasm",
    ),
  );
  assert.not.ok(compared.circumstances.some(({ what }) => what === `${checkpoint}: weights`));
});

test(
  "a server that answers 500 for one in ten loses that question alone; ClinicalTrials.gov counts the " + "rest",
  async () => {
    const { url } = await modelServer((prompt) => {
      const number = /question (\d)/.exec(prompt)![1]!;
      if (number === "7") return undefined;
      if (number === "3") return { text: "I never close <answer>", finished: false };
      return { text: `ok</think><answer>{"query": "trial ${number}"}</answer>` };
    });
    const { base: registry } = await registryServer((term) => (term === "trial 1" ? ["NCT00000001"] : []));
    const engine = clinicalTrials({ base: registry, requestsPerSecond: 1000 });
    const task = await datasetTask(rows("ctgov", ["NCT00000001"]), { engine });
    const remote = openAI(url, "some model", { attempts: 1 });
    const results = await collect(evaluate(task, { served: rewriter(remote, task) }, { folder: temporaryFolder() }));
    assert.equal(
      failures(results).values.map((row) => (row as unknown[]).slice(0, 4)),
      [["served", task.problems[7]!.id, "rewriting", "SearchUnavailable"]],
    );
    const [row] = summary(results).values as unknown[][];
    // one found of nine answered, of which one is malformed
    assert.equal(row!.slice(0, 6), ["served", 10, 9, 1, 1, 1 / 9]);
    assert.is(row!.at(-1), 0.1); // of all ten
  },
);

test.run();
