import type { SearchEngine } from "../../core/roles";
import type { App, Reply } from "../http/app";
import { sendEvents } from "../http/event-stream";
import { HttpError } from "../http/http-error";
import { requestSignal, timedOut } from "../http/request-signal";
import type { Service } from "../http/service";
import { asBadRequest } from "../openai/sampling-fields";
import { rewriteDefaults, rewriteQuestion, type Rewritten, rewritten, type RewriteSettings } from "./rewrite";
import { type RewriteTask, rewriteTaskNamed } from "./rewrite-tasks";
import { type RewriteAndFound, searchRewritten } from "./search";
import type { TextSource } from "./text-source";

/** What a rewriting service needs. */
export interface RewritingParts {
  readonly source: TextSource;
  readonly tasks: readonly RewriteTask[]; // the first one answers requests that name none
  /** The engine of a task; undefined where it has none. It is opened at the first search. */
  readonly engineOf: (task: string) => Promise<SearchEngine> | undefined;
  readonly seconds: number; // that a request may take
  readonly maxTokens?: number;
  readonly close?: () => void | Promise<void>;
}

interface RewriteFields {
  readonly query: string;
  readonly task?: string;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
  readonly well_formed?: boolean;
  readonly stream?: boolean;
  readonly pico?: { readonly P: string; readonly I: string; readonly C: string; readonly O: string };
  readonly schema?: string;
  readonly knowledge?: string;
}

interface SearchFields extends RewriteFields {
  readonly k?: number;
  readonly compare?: boolean;
  readonly max_date?: string;
}

const text = (maxLength: number, description: string) => ({ type: "string", maxLength, description });
const rewriteProperties = {
  query: { ...text(20_000, "the question as typed"), minLength: 1, pattern: "\\S" },
  task: text(100, "what it is rewritten for; GET /tasks lists them"),
  temperature: { type: "number", minimum: 0, maximum: 2, description: "0, which is greedy, if absent" },
  max_tokens: { type: "integer", minimum: 1, maximum: 100_000 },
  seed: { type: "integer", description: "of a temperature above 0" },
  well_formed: { type: "boolean", description: "hold the model to the form of an answer" },
  stream: { type: "boolean", description: "server-sent events: the reasoning in pieces, then the whole" },
  pico: {
    type: "object",
    required: ["P", "I", "C", "O"],
    additionalProperties: false,
    properties: Object.fromEntries(["P", "I", "C", "O"].map((part) => [part, text(5000, "a part of the question")])),
  },
  schema: text(100_000, "the tables of a database"),
  knowledge: text(20_000, "what columns of a database mean"),
};
const bodyOf = (properties: object) => ({
  type: "object",
  required: ["query"],
  additionalProperties: false,
  properties,
});

/** POST /rewrite, POST /search and GET /tasks. */
export const rewritingService = (parts: RewritingParts): Service => ({
  name: "rewriting",
  routes(app) {
    listTasks(app, parts);
    app.post<{ Body: RewriteFields }>(
      "/rewrite",
      { schema: { summary: "Rewrite a question as a query", tags: ["rewriting"], body: bodyOf(rewriteProperties) } },
      ({ body }, reply) => answer(reply, parts, body, async (rewrite) => rewrite),
    );
    app.post<{ Body: SearchFields }>(
      "/search",
      {
        schema: {
          summary: "Rewrite a question and search with the query",
          tags: ["rewriting"],
          body: bodyOf({
            ...rewriteProperties,
            k: { type: "integer", minimum: 1, maximum: 1000, description: "hits; 10 if absent" },
            compare: { type: "boolean", description: "search with the question as typed too" },
            max_date: { type: "string", pattern: "^\\d{4}/\\d{2}/\\d{2}$", description: "nothing published later" },
          }),
        },
      },
      async ({ body }, reply) => {
        const { k = 10, compare = false, max_date: maxDate, task } = body;
        const name = taskNamed(parts.tasks, task).name;
        const opened = parts.engineOf(name);
        if (!opened)
          throw new HttpError(400, `The task ${name} has no search engine here. Start the server with --search.`, {
            code: "no_engine",
            param: "task",
          });
        const engine = await opened;
        return answer(reply, parts, body, (rewrite, signal) =>
          searchRewritten(engine, rewrite, k, { compare, signal, ...(maxDate !== undefined && { maxDate }) }),
        );
      },
    );
  },
  close: () => parts.close?.(),
});

function listTasks(app: App, { source, tasks, engineOf }: RewritingParts): void {
  app.get("/tasks", { schema: { summary: "What questions can be rewritten for", tags: ["rewriting"] } }, async () => ({
    model: source.name,
    tasks: tasks.map(({ name, about }) => ({ name, about, searchable: engineOf(name) !== undefined })),
  }));
}

/** The task that a request names. Throws HttpError 400 for one that is not there. */
function taskNamed(tasks: readonly RewriteTask[], name: string | undefined): RewriteTask {
  try {
    return rewriteTaskNamed(tasks, name);
  } catch (error) {
    throw new HttpError(400, (error as Error).message.replace(/^rewrite: t/, "T"), {
      code: "unknown_task",
      param: "task",
    });
  }
}

/** Rewrites, lets `finish` add to the rewrite, and answers whole or as a stream. */
async function answer<T extends Rewritten | RewriteAndFound>(
  reply: Reply,
  { source, tasks, seconds, maxTokens = rewriteDefaults.maxTokens }: RewritingParts,
  fields: RewriteFields,
  finish: (rewrite: Rewritten, signal: AbortSignal) => Promise<T>,
): Promise<object> {
  const { query, pico, schema, knowledge, stream = false } = fields;
  const signal = requestSignal(reply, seconds);
  const settings: RewriteSettings = {
    temperature: fields.temperature ?? rewriteDefaults.temperature,
    maxTokens: fields.max_tokens ?? maxTokens,
    seed: fields.seed ?? rewriteDefaults.seed,
    wellFormed: fields.well_formed ?? rewriteDefaults.wellFormed,
    signal,
  };
  const question = { query, ...(pico && { pico }), ...(schema && { schema }), ...(knowledge && { knowledge }) };
  const steps = checked(rewriteQuestion(source, taskNamed(tasks, fields.task), question, settings));
  try {
    if (!stream) return await finish(await rewritten(steps), signal);
    const events = async function* (): AsyncGenerator<object, void> {
      try {
        for (;;) {
          const { done, value } = await steps.next();
          if (!done) yield { type: "reasoning", text: value };
          else {
            yield { type: "rewrite", ...value };
            const whole = await finish(value, signal);
            if ((whole as Rewritten) !== value) yield { type: "results", ...whole };
            return;
          }
        }
      } catch (error) {
        throw timedOut(error, signal, seconds);
      } finally {
        await steps.return(undefined as never);
      }
    };
    return await sendEvents(reply, events(), "[DONE]");
  } catch (error) {
    throw timedOut(error, signal, seconds);
  }
}

/** The same steps; a complaint of the library about the question or the settings becomes a 400. */
async function* checked(steps: AsyncGenerator<string, Rewritten>): AsyncGenerator<string, Rewritten> {
  try {
    return yield* steps;
  } catch (error) {
    return asBadRequest<never>(() => {
      throw error;
    });
  }
}
