import { test } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted, SearchUnavailable } from "../../../lib/core/errors";
import type { SearchEngine } from "../../../lib/core/roles";
import { createServer } from "../../../lib/serving/http/server";
import { rewriteTasks } from "../../../lib/serving/rewriting/rewrite-tasks";
import { rewritingService } from "../../../lib/serving/rewriting/rewriting-service";
import type { TextSource } from "../../../lib/serving/rewriting/text-source";

/** Writes these pieces, whatever the prompt; keeps the prompts. */
const writing = (pieces: readonly string[], seen: string[] = []): TextSource => ({
  name: "fake",
  async *write(prompt) {
    seen.push(prompt);
    yield* pieces;
    return { text: pieces.join(""), tokens: [], logps: [], finished: true };
  },
});
const answering = ["two wo", "rds</th", 'ink>\n<answer>{"query": "a OR b"}', "</answer>"];

const finding: SearchEngine = {
  name: "fake engine",
  search: async (query, k) => ({
    hits: [
      { docId: `${query} 1`, score: 2 },
      { docId: `${query} 2`, score: 1 },
    ].slice(0, k),
    total: 2,
    warnings: [],
  }),
};
const down: SearchEngine = {
  name: "PubMed",
  search: async () => {
    throw new SearchUnavailable("PubMed", "no connection", "Try later.", { outage: "network" });
  },
};

const engines: Readonly<Record<string, SearchEngine>> = { pubmed: finding, ctgov: down };
async function serving(source: TextSource) {
  const service = rewritingService({
    source,
    tasks: rewriteTasks(),
    engineOf: (task) => (engines[task] ? Promise.resolve(engines[task]!) : undefined),
    seconds: 5,
  });
  const app = await createServer([service], { logLevel: "silent" });
  return async (url: string, payload: object) => {
    const { statusCode, body, headers } = await app.inject({ method: "POST", url, payload });
    const json = /json/.test(String(headers["content-type"]));
    return { status: statusCode, body, json: json ? JSON.parse(body) : undefined };
  };
}

const eventsOf = (body: string) =>
  body
    .split("\n\n")
    .filter(Boolean)
    .map((line) => line.replace(/^data: /, ""));

test("a question becomes query, reasoning, original and timings; the prompt is the task's", async () => {
  const prompts: string[] = [];
  const post = await serving(writing(answering, prompts));
  const { status, json } = await post("/rewrite", { query: "does a help?", task: "ctgov" });
  assert.is(status, 200);
  const { timings, ...rest } = json;
  assert.equal(rest, { query: "a OR b", reasoning: "two words", original: "does a help?" });
  assert.ok(timings.first_token >= 0 && timings.rewrite >= timings.first_token);
  assert.match(prompts[0]!, /ClinicalTrials\.gov[^]*Question: does a help\?[^]*<think>$/);
  await post("/rewrite", { query: "how many?", task: "sql", schema: "CREATE TABLE pets (id)" });
  assert.match(prompts[1]!, /SQLite[^]*Schema:\nCREATE TABLE pets \(id\)/);
});

test("a completion without a query gives the question back, and says so: it is no error", async () => {
  const post = await serving(writing(["I would search for a."]));
  const { status, json } = await post("/rewrite", { query: "does a help?" });
  assert.equal([status, json.query], [200, "does a help?"]);
  assert.match(json.malformed, "</think> 0 times");
});

test("a search has the rewrite's results, and those of the question as typed where both are asked for", async () => {
  const post = await serving(writing(answering));
  const { json } = await post("/search", { query: "q", k: 1, compare: true });
  assert.equal(
    [json.query, json.engine, json.results.hits, json.original_results.hits],
    ["a OR b", "fake engine", [{ doc_id: "a OR b 1", score: 2 }], [{ doc_id: "q 1", score: 2 }]],
  );
  assert.ok(json.timings.search >= 0);
});

test("an engine that is down is a 502 with its cause, whole and as a stream: never an empty result", async () => {
  const post = await serving(writing(answering));
  const { status, json } = await post("/search", { query: "q", task: "ctgov" });
  assert.equal([status, json.error.code], [502, "upstream_network"]);
  assert.match(json.error.message, "PubMed did not answer: no connection");
  const { body } = await post("/search", { query: "q", task: "ctgov", stream: true });
  const events = eventsOf(body);
  assert.is(JSON.parse(events.at(-1)!).error.code, "upstream_network");
  assert.not.ok(events.includes("[DONE]"));
});

test("a stream tells the reasoning in pieces, without tags, then the rewrite, then the results", async () => {
  const post = await serving(writing(answering));
  const { body } = await post("/search", { query: "q", stream: true });
  const events = eventsOf(body);
  assert.is(events.pop(), "[DONE]");
  const parsed = events.map((event) => JSON.parse(event));
  assert.equal(
    parsed.map(({ type }) => type),
    ["reasoning", "reasoning", "rewrite", "results"],
  );
  assert.equal([parsed[0].text, parsed[1].text], ["two wo", "rds"]);
  assert.equal([parsed[2].query, parsed[3].results.total], ["a OR b", 2]);
});

test("a model that is down is a 502, one that was closed a 503 with Retry-After, and the server goes on", async () => {
  const failing = (error: Error): TextSource => ({
    name: "fake",
    async *write() {
      throw error;
    },
  });
  for (const [error, status, code] of [
    [new SearchUnavailable("vLLM", "HTTP 503", "Wait.", { outage: "server" }), 502, "upstream_server"],
    [new Interrupted("generation"), 503, "interrupted"],
    [new RangeError("generate: the prompt has 900 tokens; the model reads 1 to 511."), 400, "invalid_request"],
    [new RangeError("Maximum call stack size exceeded"), 500, "internal_error"],
  ] as const) {
    const post = await serving(failing(error));
    for (const stream of [false, true]) {
      const { status: got, json } = await post("/rewrite", { query: "q", stream });
      assert.equal([got, json.error.code], [status, code]);
    }
  }
});

test("what a request may not say is refused with the field and its value", async () => {
  const post = await serving(writing(answering));
  for (const [url, fields, said] of [
    ["/rewrite", {}, 'lacks "query"'],
    ["/rewrite", { query: "" }, "query is"],
    ["/rewrite", { query: " \n" }, "query is"],
    ["/rewrite", { query: "x".repeat(20_001) }, "20000"],
    ["/rewrite", { query: 7 }, "must be string"],
    ["/rewrite", { query: "q", tusk: "pubmed" }, '"tusk", which is not known'],
    ["/rewrite", { query: "q", task: "pubmde" }, "Did you mean pubmed?"],
    ["/rewrite", { query: "q", task: "../../etc/passwd" }, "is not one of this model's"],
    ["/rewrite", { query: "q", task: "__proto__" }, "is not one of this model's"],
    ["/rewrite", { query: "q", temperature: 9 }, "temperature is 9"],
    ["/rewrite", { query: "q", pico: { P: "a" } }, 'lacks "I"'],
    ["/search", { query: "q", task: "evidence" }, "has no search engine here"],
    ["/search", { query: "q", k: 0 }, "k is 0"],
    ["/search", { query: "q", max_date: "tomorrow" }, "max_date is"],
  ] as const) {
    const { status, json } = await post(url, fields);
    assert.is(status, 400, JSON.stringify(fields).slice(0, 60));
    assert.match(json.error.message, said);
  }
});

test("HTML in questions and in what a model writes stays a text of JSON", async () => {
  const post = await serving(writing(['<script>alert(1)</script></think><answer>{"query": "<b>x</b>"}</answer>']));
  const { json, body } = await post("/rewrite", { query: "<img src=x onerror=alert(1)>" });
  assert.equal([json.query, json.original], ["<b>x</b>", "<img src=x onerror=alert(1)>"]);
  assert.ok(body.startsWith("{"));
});

test.run();
