import { stdinRows } from "../command/stdin-rows";
import { whole } from "../../core/ranges";
import { rewriteDefaults, rewriteQuestion, type Rewritten, rewritten } from "../../serving/rewriting/rewrite";
import { type Question, rewriteTaskNamed, rewriteTaskNames } from "../../serving/rewriting/rewrite-tasks";
import { type RewriteAndFound, searchRewritten } from "../../serving/rewriting/search";
import { command, exitCodes } from "../command/command";
import { flag, number, text, type Values } from "../command/options";
import { stopSignals } from "../command/stop-signals";
import { UsageError } from "../command/usage";
import { inFlight, openedRewriting } from "./opened-rewriting";
import { enginesOf, modelOptions } from "./rewrite-source";

const options = {
  task: text("NAME", `what for: ${rewriteTaskNames.join(", ")} (default: the first one of the model)`),
  ...modelOptions,
  endpoint: text("URL", "an OpenAI-compatible server, such as http://127.0.0.1:8000, in the place of --model"),
  explain: flag("the reasoning too, and what query and question find where the task has an engine"),
  k: number("N", "hits that --explain shows (10)", whole(1), 10),
  maxTokens: number("N", `of each response (${rewriteDefaults.maxTokens})`, whole(1), rewriteDefaults.maxTokens),
  wellFormed: flag("hold the model to the form of an answer; a local model can"),
  json: flag("a line of JSON for each question"),
};
type Given = Values<typeof options>;

/** `deepretrieval rewrite`. */
export const rewrite = command({
  topic: "Serving",
  words: "rewrite",
  calls: "rewrite [QUESTION] [options]",
  does: "rewrite a question as a search query",
  options,
  operands: {},
  notes:
    'Without a QUESTION, rows {"query": …} are read from stdin, one JSON a line; each may have a "task", and of a\n' +
    'question to a database a "schema". Rows {"query", "original", …} are written, in order.',
  run,
});

async function run(values: Given, words: readonly string[]): Promise<number> {
  const question = words.join(" ").trim();
  if (words.length > 0 && question === "") throw new UsageError("the question is empty");
  const stop = stopSignals(() => undefined);
  const rewriting = await openedRewriting(values);
  const engineOf = enginesOf(values.search, rewriting.own);
  const one = async (row: Question & { readonly task?: string }): Promise<Rewritten | RewriteAndFound> => {
    const { task: name = values.task, ...asked } = row;
    const task = rewriteTaskNamed(rewriting.tasks, name);
    const settings = { ...rewriteDefaults, maxTokens: values.maxTokens, wellFormed: values.wellFormed };
    const signal = stop.interrupt;
    const done = await rewritten(rewriteQuestion(rewriting.source, task, asked, { ...settings, signal }));
    const engine = values.explain ? await engineOf(task.name) : undefined;
    return engine ? searchRewritten(engine, done, values.k, { compare: true, signal }) : done;
  };
  try {
    if (question !== "") write(await one({ query: question }), values);
    else await inOrder(questions(), one, (result) => write(result, { ...values, json: true }));
    return exitCodes.ok;
  } finally {
    stop.release();
    await rewriting.close();
  }
}

/**
 * Writes the result of each row as soon as it and those before it are there, while later rows are worked on. Rejects
 * with the first error, in the order of the rows; what came before it has been written.
 */
async function inOrder<Row, Result>(
  rows: AsyncIterable<Row>,
  work: (row: Row) => Promise<Result>,
  write: (result: Result) => void,
): Promise<void> {
  const open: Promise<void>[] = [];
  let before = Promise.resolve();
  const next = (result: Promise<Result>): void => {
    const earlier = before;
    result.catch(() => undefined); // it is reported in its turn
    before = earlier.then(async () => write(await result));
    before.catch(() => undefined);
    open.push(before);
  };
  try {
    for await (const row of rows) {
      next(work(row));
      if (open.length >= inFlight) await open.shift();
    }
  } finally {
    await before; // rows before a bad line are written; an error of theirs comes first
  }
}

function write(result: Rewritten | RewriteAndFound, { json, explain }: Given): void {
  const { query, original, reasoning, malformed } = result;
  if (json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
  if (malformed !== undefined)
    process.stderr.write(`The model wrote no query (${malformed}); this is the question as typed.\n`);
  if (!explain) return void process.stdout.write(`${query}\n`);
  const lines = [`Question   ${original}`, `Reasoning  ${reasoning || "(none)"}`, `Query      ${query}`];
  if ("results" in result) {
    const { engine, results, original_results: typed } = result;
    const ids = (found: typeof results) => found.hits.map(({ doc_id }) => doc_id);
    const before = typed ? ids(typed) : [];
    lines.push(
      `Found      ${results.total} in ${engine}; the question as typed finds ${typed?.total ?? 0}`,
      ...ids(results).map((id, i) => `  ${String(i + 1).padStart(2)}  ${id}${before.includes(id) ? "" : "  (new)"}`),
      ...results.warnings.map((warning) => `Warning    ${warning}`),
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

const form = 'Write rows {"query": …}, one JSON a line.';

/** The questions on stdin. Throws TypeError naming the line of a row that is none. */
async function* questions(): AsyncGenerator<Question & { readonly task?: string }, void> {
  for await (const { row, line: number } of stdinRows(form, "rewrite: ")) {
    const { query, task, schema, knowledge, pico } = (row ?? {}) as Question & { readonly task?: string };
    if (typeof query !== "string" || query.trim() === "")
      throw new TypeError(`rewrite: line ${number} of stdin has no text "query". ${form}`);
    yield {
      query,
      ...(typeof task === "string" && { task }),
      ...(typeof schema === "string" && { schema }),
      ...(typeof knowledge === "string" && { knowledge }),
      ...(pico && { pico }),
    };
  }
}
