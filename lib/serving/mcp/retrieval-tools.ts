import type { SearchEngine } from "../../core/roles";
import { rewriteDefaults, rewriteQuestion, type Rewritten } from "../rewriting/rewrite";
import { type Question, type RewriteTask, rewriteTaskNamed } from "../rewriting/rewrite-tasks";
import { searchRewritten } from "../rewriting/search";
import type { TextSource } from "../rewriting/text-source";
import type { McpTool, ToolCall } from "./mcp-tool";

/** What the tools ask. */
export interface RetrievalParts {
  readonly source: TextSource;
  readonly tasks: readonly RewriteTask[]; // the first one answers calls that name none
  readonly engineOf: (task: string) => Promise<SearchEngine> | undefined;
  readonly maxTokens: number; // of a rewrite
}

type Given = Readonly<Record<string, unknown>>;

const text = (maxLength: number, description: string) => ({ type: "string", minLength: 1, maxLength, description });
const objectOf = (required: readonly string[], properties: object) => ({
  type: "object",
  required,
  additionalProperties: false,
  properties,
});
const ids = (description: string) => ({
  type: "array",
  minItems: 1,
  maxItems: 10_000,
  items: { type: "string", maxLength: 200 },
  description,
});
const date = {
  max_date: { type: "string", pattern: "^\\d{4}/\\d{2}/\\d{2}$", description: "YYYY/MM/DD: nothing published later" },
};

/** The tools rewrite_query, search and score_query. */
export function retrievalTools(parts: RetrievalParts): readonly McpTool[] {
  const names = parts.tasks.map(({ name }) => name);
  const task = { task: { type: "string", enum: names, description: taskHelp(parts.tasks) } };
  const k = (otherwise: number) => ({
    k: { type: "integer", minimum: 1, maximum: 1000, description: `documents looked at; ${otherwise} if absent` },
  });
  const question = {
    query: text(20_000, "the question, as a person asks it"),
    ...task,
    schema: text(100_000, "of the task sql: the CREATE TABLE statements of the database"),
  };
  return [
    {
      name: "rewrite_query",
      title: "Rewrite a question as a search query",
      description: "A trained model turns a question into a query for a search engine. Returns query and reasoning.",
      input: objectOf(["query"], question),
      run: (given, call) => rewrite(parts, given, call),
    },
    {
      name: "search",
      title: "Search, with the question rewritten first",
      description:
        "Rewrites a question and searches with the query; with rewrite: false it searches with the words as given. " +
        "Returns ids of documents, best first, and how many match. No hits means that nothing matched.",
      input: objectOf(["query"], {
        ...question,
        ...k(10),
        ...date,
        rewrite: { type: "boolean", description: "true if absent" },
        compare: { type: "boolean", description: "search with the question as typed too" },
      }),
      run: (given, call) => search(parts, given, call),
    },
    {
      name: "score_query",
      title: "Score a query by the documents that it should find",
      description: "Runs a query as it is. Returns recall and precision over relevant documents, and which it missed.",
      input: objectOf(["query", "relevant"], {
        query: text(20_000, "the query, in the syntax of the engine"),
        ...task,
        relevant: ids("ids of the documents that it should find"),
        ...k(100),
        ...date,
      }),
      run: (given, call) => score(parts, given, call),
    },
  ];
}

const taskHelp = (tasks: readonly RewriteTask[]): string =>
  `what is searched: ${tasks.map(({ name, about }) => `${name} (${about})`).join("; ")}. ${tasks[0]!.name} if absent`;

/** The rewrite, with its reasoning told while it is written. */
async function rewrite({ source, tasks, maxTokens }: RetrievalParts, given: Given, call: ToolCall): Promise<Rewritten> {
  const { query, task, schema } = given as unknown as Question & { readonly task?: string };
  const steps = rewriteQuestion(
    source,
    rewriteTaskNamed(tasks, task),
    { query, ...(schema !== undefined && { schema }) },
    { ...rewriteDefaults, maxTokens, signal: call.signal },
  );
  for (let thought = ""; ; ) {
    const { done, value } = await steps.next();
    if (done) return value;
    call.progress((thought += value));
  }
}

/** The engine of a task. Throws RangeError where it has none. */
function engineFor({ tasks, engineOf }: RetrievalParts, { task }: Given): Promise<SearchEngine> {
  const { name } = rewriteTaskNamed(tasks, task as string | undefined);
  const engine = engineOf(name);
  if (engine) return engine;
  const others = tasks.filter((each) => engineOf(each.name)).map((each) => each.name);
  throw new RangeError(
    `search: the task ${name} has no search engine here; ${others.join(", ") || "no task"} has one. Start the server ` +
      `with --search ${name}=ENGINE.`,
  );
}

const searchOptions = ({ max_date: maxDate }: Given, signal: AbortSignal) => ({
  signal,
  ...(typeof maxDate === "string" && { maxDate }),
});

async function search(parts: RetrievalParts, given: Given, call: ToolCall): Promise<object> {
  const engine = await engineFor(parts, given);
  const { query, k = 10, compare = false } = given as { readonly query: string; k?: number; compare?: boolean };
  const options = searchOptions(given, call.signal);
  if (given["rewrite"] === false) {
    const { hits, total, warnings } = await engine.search(query, k, options);
    const records = hits.map(({ docId, score }) => ({ doc_id: docId, score }));
    return { engine: engine.name, query, results: { query, hits: records, total, warnings } };
  }
  const written = await rewrite(parts, given, call);
  call.progress(`searching ${engine.name}: ${written.query}`);
  return searchRewritten(engine, written, k, { compare, ...options });
}

async function score(parts: RetrievalParts, given: Given, { signal }: ToolCall): Promise<object> {
  const engine = await engineFor(parts, given);
  const { query, relevant, k = 100 } = given as { readonly query: string; relevant: readonly string[]; k?: number };
  const wanted = [...new Set(relevant)];
  const { hits, total, warnings } = await engine.search(query, k, searchOptions(given, signal));
  const found = new Set(hits.map(({ docId }) => docId));
  const those = wanted.filter((id) => found.has(id));
  return {
    engine: engine.name,
    query,
    k,
    recall: those.length / wanted.length,
    precision: hits.length === 0 ? 0 : those.length / hits.length,
    found: those,
    missed: wanted.filter((id) => !found.has(id)),
    total,
    warnings,
  };
}
