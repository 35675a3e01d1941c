import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../../lib/core/errors";
import type { SearchEngine } from "../../../lib/core/roles";
import { mcpServer } from "../../../lib/serving/mcp/mcp-server";
import { retrievalTools } from "../../../lib/serving/mcp/retrieval-tools";
import { rewriteTasks } from "../../../lib/serving/rewriting/rewrite-tasks";
import type { TextSource } from "../../../lib/serving/rewriting/text-source";

/** The official client and our server in one process, in front of a model and engines that do what a test says. */
const pieces = ["two words", '</think>\n<answer>{"query": "a OR b"}</answer>'];
const writing: TextSource = {
  name: "fake",
  async *write() {
    yield* pieces;
    return { text: pieces.join(""), tokens: [], logps: [], finished: true };
  },
};
const finding: SearchEngine = {
  name: "fake engine",
  search: async (query, k, options) => ({
    hits: ["1", "2", "3", "4"].slice(0, k).map((id) => ({ docId: `${query} ${id}`, score: 1 })),
    total: 4,
    warnings: options?.maxDate ? [`until ${options.maxDate}`] : [],
  }),
};
const down: SearchEngine = {
  name: "ClinicalTrials.gov",
  search: async () => {
    throw new SearchUnavailable("ClinicalTrials.gov", "HTTP 503", "Try later.", { outage: "server" });
  },
};
const broken: SearchEngine = {
  name: "broken",
  search: async () => {
    throw new Error("secret place /home/x");
  },
};
const engines: Readonly<Record<string, SearchEngine>> = { pubmed: finding, ctgov: down, beir: broken };

/** What a tool answers beside its text. */
interface Structured {
  readonly [name: string]: unknown;
  readonly results?: Found;
  readonly original_results?: Found;
}
interface Found {
  readonly hits: readonly unknown[];
  readonly warnings: readonly string[];
}

async function connected(source: TextSource = writing) {
  const log: string[] = [];
  const tools = retrievalTools({
    source,
    tasks: rewriteTasks(),
    engineOf: (task) => (engines[task] ? Promise.resolve(engines[task]!) : undefined),
    maxTokens: 64,
  });
  const server = mcpServer(tools, { version: "1", instructions: "…", log: (line) => log.push(line) });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  await Promise.all([server.connect(ours), client.connect(theirs)]);
  const call = async (name: string, given: Record<string, unknown>) => {
    const { isError = false, content, structuredContent } = await client.callTool({ name, arguments: given });
    const [{ text }] = content as [{ readonly text: string }];
    return { isError, text, value: structuredContent as Structured | undefined };
  };
  return { client, call, log };
}

test("the client sees three tools with their schemas", async () => {
  const { client } = await connected();
  const { tools } = await client.listTools();
  assert.equal(
    tools.map(({ name, inputSchema }) => [name, inputSchema.required]),
    [
      ["rewrite_query", ["query"]],
      ["search", ["query"]],
      ["score_query", ["query", "relevant"]],
    ],
  );
});

test("a question is rewritten, its reasoning told meanwhile; text and structure say the same", async () => {
  const { client, call } = await connected();
  const { isError, text, value } = await call("rewrite_query", { query: "does a help?" });
  assert.equal([isError, value!["query"], value!["reasoning"]], [false, "a OR b", "two words"]);
  assert.equal(JSON.parse(text), value);
  const told: unknown[] = [];
  const request = { name: "rewrite_query", arguments: { query: "q" } };
  await client.callTool(request, undefined, { onprogress: ({ message }) => told.push(message) });
  assert.equal(told, ["two words"]);
});

test("a search uses the rewrite, or the words as given; a score is over the relevant documents", async () => {
  const { call } = await connected();
  const searched = await call("search", { query: "q", k: 1, compare: true });
  assert.equal(searched.value!.results!.hits, [{ doc_id: "a OR b 1", score: 1 }]);
  assert.equal(searched.value!.original_results!.hits, [{ doc_id: "q 1", score: 1 }]);
  const typed = await call("search", { query: "q", rewrite: false, max_date: "2020/01/31" });
  assert.equal([typed.value!["query"], typed.value!.results!.warnings], ["q", ["until 2020/01/31"]]);
  const { value } = await call("score_query", { query: "q", relevant: ["q 1", "q 4", "z", "z"], k: 3 });
  // the engine finds q 1, q 2, q 3: one of three that are relevant, one of three that were found
  assert.equal([value!["recall"], value!["precision"], value!["found"]], [1 / 3, 1 / 3, ["q 1"]]);
  assert.equal(value!["missed"], ["q 4", "z"]);
});

test("an outage is an error of the tool with its cause, never an empty result", async () => {
  const { call, log } = await connected();
  for (const [name, given] of [
    ["search", { query: "q", task: "ctgov" }],
    ["search", { query: "q", task: "ctgov", rewrite: false }],
    ["score_query", { query: "q", task: "ctgov", relevant: ["1"] }],
  ] as const) {
    const { isError, text, value } = await call(name, given);
    assert.equal([isError, value], [true, undefined]);
    assert.match(text, "ClinicalTrials.gov did not answer: HTTP 503. Try later.");
  }
  const unforeseen = await call("search", { query: "q", task: "beir" });
  assert.ok(unforeseen.isError);
  assert.not.match(unforeseen.text, "secret");
  assert.match(log.join("\n"), "secret place");
  const model = await connected({
    name: "vLLM",
    async *write() {
      throw new SearchUnavailable("vLLM", "no connection", "Start it.", { outage: "network" });
    },
  });
  const { isError, text } = await model.call("rewrite_query", { query: "q" });
  assert.ok(isError);
  assert.match(text, "vLLM did not answer");
});

test("arguments that make no sense are errors of the tool that name the field", async () => {
  const { client, call } = await connected();
  for (const [name, given, said] of [
    ["search", {}, "query: Field required"],
    ["search", { query: "" }, "query: String should have at least 1 character"],
    ["search", { query: ["a"] }, "query: Input should be a valid string"],
    ["search", { query: "x".repeat(20_001) }, "at most 20000"],
    ["search", { query: "q", task: "../../etc/passwd" }, "task: "],
    ["search", { query: "q", task: "__proto__" }, "task: "],
    ["search", { query: "q", task: "evidence" }, "evidence has no search engine here"],
    ["search", { query: "q", k: 1e9 }, "k: "],
    ["search", { query: "q", max_date: "tomorrow" }, "max_date: "],
    ["search", { query: "q", shell: "rm" }, "shell: Extra inputs are not permitted"],
    ["score_query", { query: "q", relevant: [] }, "relevant: "],
    ["score_query", { query: "q", relevant: [{}] }, "relevant.0: "],
  ] as const) {
    const { isError, text } = await call(name, given);
    assert.ok(isError, JSON.stringify(given).slice(0, 80));
    assert.match(text, said);
  }
  await client.callTool({ name: "rm", arguments: {} }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'there is no tool "rm"; rewrite_query, search, score_query'),
  );
  const polluting = JSON.parse('{"query": "q", "__proto__": {"polluted": 1}}') as Record<string, unknown>;
  assert.not.ok((await call("rewrite_query", polluting)).isError); // the SDK drops that key
  assert.not.ok("polluted" in {});
});

test("a call that the client cancels ends what the model writes", async () => {
  let ended = (): void => undefined;
  const over = new Promise<void>((resolve) => (ended = resolve));
  const { client } = await connected({
    name: "slow",
    async *write(_, { signal }) {
      await new Promise<void>((resolve) => signal!.addEventListener("abort", () => resolve(), { once: true }));
      ended();
      yield "";
      throw new Error("cancelled");
    },
  });
  const stop = new AbortController();
  const call = client.callTool({ name: "rewrite_query", arguments: { query: "q" } }, undefined, {
    signal: stop.signal,
  });
  setTimeout(() => stop.abort(), 20);
  await call.then(
    () => assert.unreachable(),
    () => undefined,
  );
  await over;
});

test.run();
