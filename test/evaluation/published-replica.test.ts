import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { untrained } from "../../lib/models/policy";
import { openAI } from "../../lib/models/remote/openai";
import { clinicalTrials } from "../../lib/search/clinical-trials/clinical-trials";
import { eutils } from "../../lib/search/eutils/eutils";
import { rewriter } from "../../lib/serving/rewriter";
import { datasetTask } from "../../lib/tasks/dataset-task";
import { jsonlFile, temporaryFolder, tinyConfig, tinyTokenizer } from "../fixtures";
import { closeHubs, contents, hub } from "../loopback-hub";

/** The published checkpoint, PubMed, ClinicalTrials.gov and a server of models, all on this machine. */

const checkpoint = "DeepRetrieval/DeepRetrieval-PubMed-3B";
const servers: Server[] = [];
test.before(async () => void (await useBackend("cpu")));
test.after(() => {
  closeHubs();
  for (const server of servers) server.closeAllConnections(), server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The tensors of one .safetensors file in `count` files and their index, as the Hub has large models. */
function sharded(file: string, count: number): Record<string, Buffer> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8")) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const names = Object.keys(header);
  const shardOf = (name: string) => Math.floor((names.indexOf(name) * count) / names.length);
  const nameOf = (i: number) => `model-0000${i + 1}-of-0000${count}.safetensors`;
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < count; i++) {
    let at = 0;
    const own = names.filter((name) => shardOf(name) === i);
    const parts = own.map((name) =>
      bytes.subarray(...(header[name]!.data_offsets.map((offset) => 8 + length + offset) as [number, number])),
    );
    const entries = own.map((name, j) => [name, { ...header[name]!, data_offsets: [at, (at += parts[j]!.length)] }]);
    const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(json.length));
    files[nameOf(i)] = Buffer.concat([size, json, ...parts]);
  }
  const map = Object.fromEntries(names.map((name) => [name, nameOf(shardOf(name))]));
  files["model.safetensors.index.json"] = Buffer.from(JSON.stringify({ metadata: {}, weight_map: map }));
  return files;
}

/** The hub with the checkpoint under the names of the real repository: three shards of float32. */
async function replica() {
  const folder = mkdtempSync(join(tmpdir(), "deepretrieval-replica-"));
  const policy = untrained({ ...tinyConfig, max_position_embeddings: 1024 }, tinyTokenizer, 3);
  policy.save(folder);
  policy.dispose();
  const files: Record<string, Buffer> = {
    ...sharded(join(folder, "model.safetensors"), 3),
    "config.json": readFileSync(join(folder, "config.json")),
    "tokenizer.json": readFileSync(join(folder, "tokenizer.json")),
    "generation_config.json": Buffer.from('{"temperature":0.7,"top_p":0.8,"top_k":20,"repetition_penalty":1.05}'),
  };
  Object.assign(contents, files);
  return hub(undefined, files);
}

const prompt = (input: string): string =>
  "<|im_start|>system\nA conversation between User and Assistant.<|im_end|>\n<|im_start|>user\nfind relevant " +
  `literature on PubMed or ClinicalTrials.gov\n${input}<|im_end|>\n<|im_start|>assistant\n\nAssistant: Let me ` +
  "solve this step by step. \n<think>\n";
const rows = (source: string, ids: readonly string[]) =>
  jsonlFile(
    ...Array.from({ length: 10 }, (_, i) => ({
      data_source: source,
      input: `question ${i}`,
      label: ids,
      ...(source === "pubmed" && { pub_date: "2020/06/01" }),
      prompt: [{ role: "user", content: prompt(`question ${i}`) }],
      reward_model: { ground_truth: { target: ids }, style: "rule" },
      extra_info: { index: i, split: "val" },
    })),
  );

/** E-utilities: every second question finds one of the two studies. Requests are kept. */
async function pubmedServer() {
  const asked: URLSearchParams[] = [];
  const base = await serve((request, response) => {
    const { searchParams } = new URL(request.url!, "http://x");
    asked.push(searchParams);
    const found = /[02468]$/.test(searchParams.get("term") ?? "") ? ["11111111"] : [];
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        header: {},
        esearchresult: { count: String(found.length), retmax: "5000", retstart: "0", idlist: found },
      }),
    );
  });
  return { base, asked };
}

async function collect(run: AsyncGenerator<Result, void>): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of run) results.push(result);
  return results;
}

test("the checkpoint comes from the hub in three shards and is evaluated faithfully over PubMed", async () => {
  const [{ options }, { base, asked }] = [await replica(), await pubmedServer()];
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
    const url = await serve((request, response) => {
      let body = "";
      request
        .on("data", (text) => (body += text))
        .on("end", () => {
          const number = /question (\d)/.exec((JSON.parse(body) as { prompt: string }).prompt)![1]!;
          response.setHeader("content-type", "application/json");
          if (number === "7") return response.writeHead(500).end("{}");
          const text =
            number === "3" ? "I never close <answer>" : `ok</think><answer>{"query": "trial ${number}"}</answer>`;
          response.end(
            JSON.stringify({
              choices: [{ text, finish_reason: number === "3" ? "length" : "stop" }],
              usage: { prompt_tokens: 1, completion_tokens: 1 },
            }),
          );
        });
    });
    const registry = await serve((request, response) => {
      const term = new URL(request.url!, "http://x").searchParams.get("query.term");
      response.setHeader("content-type", "application/json");
      const studies = term === "trial 1" ? ["NCT00000001"] : [];
      response.end(
        JSON.stringify({
          totalCount: studies.length,
          studies: studies.map((nctId) => ({ protocolSection: { identificationModule: { nctId } } })),
        }),
      );
    });
    const engine = clinicalTrials({ base: registry, requestsPerSecond: 1000 });
    const task = await datasetTask(rows("ctgov", ["NCT00000001"]), { engine });
    const remote = openAI(`${url}/v1`, "some model", { attempts: 1 });
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
