import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../../lib/core/records";
import type { Task } from "../../../lib/core/roles";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";
import { anthropic } from "../../../lib/models/remote/anthropic";
import { openAI } from "../../../lib/models/remote/openai";
import { publicationPrompt } from "../../../lib/prompts/templates";
import { rewriter } from "../../../lib/serving/rewriter";
import { chat, completion, rejection, type Reply, type Seen, serving } from "./service";

const problems: Problem[] = ["asthma", "gout", "scurvy"].map((query) => ({
  id: query,
  query,
  judgments: { [query]: 1 },
}));

/** Finds the document that is called like the query in capitals. */
const task: Task = {
  name: "capitals",
  problems,
  prompt: (problem) => publicationPrompt(problem, { wording: "full" }),
  score: async () => assert.unreachable() as never,
  search: async (_, query) =>
    ({
      hits: [{ docId: query.toLowerCase(), score: 1 }].filter(() => query === query.toUpperCase()),
      warnings: [],
    }) as never,
};

const turn = (text: string): string => ` It is ${text}.</think>\n<answer>{"query": "${text.toUpperCase()}"}</answer>`;
const questionIn = (text: string): string => problems.find(({ query }) => text.includes(`\n${query}`))!.query;

/** Plays all three APIs. Of scurvy it knows nothing. */
function model({ path, body }: Seen): Reply {
  const question = questionIn(
    (body["prompt"] as string | undefined) ?? (body["messages"] as { content: string }[]).at(-1)!.content,
  );
  const text = question === "scurvy" ? "I do not know." : turn(question);
  if (path.endsWith("/chat/completions")) return chat({ content: `<think>${text}` });
  if (path.endsWith("/messages"))
    return {
      json: {
        content: [{ type: "text", text: `<think>${text}` }],
        stop_reason: "end_turn",
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    };
  return completion(text);
}

const collected = async (results: AsyncIterable<Result>): Promise<Result[]> => {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
};

test("a task is evaluated with policies behind all three APIs, whose malformed answers find nothing", () =>
  serving(model, async (url) => {
    const systems = [openAI(url, "raw"), openAI(url, "chat", { api: "chat" }), anthropic("claude", { url })].map(
      (policy) => rewriter(policy, task),
    );
    const results = await collected(evaluate(task, systems));
    for (const name of ["raw", "chat", "claude"]) {
      assert.equal(
        results
          .filter(({ system }) => system === name)
          .map(({ query, measures, malformed = false }) => [query, measures["SetR"], malformed]),
        [
          ["ASTHMA", 1, false],
          ["GOUT", 1, false],
          ["", 0, true],
        ],
        name,
      );
    }
  }));

test("an outage stops the evaluation: it is no malformed answer", () =>
  serving(
    (seen) => (questionIn(seen.body["prompt"] as string) === "gout" ? { status: 503, json: {} } : model(seen)),
    async (url) => {
      const error = await rejection(collected(evaluate(task, [rewriter(openAI(url, "raw", { attempts: 1 }), task)])));
      assert.is(error.name, "SearchUnavailable");
      assert.match(error.message, /raw at 127\.0\.0\.1:\d+ did not answer: HTTP 503/);
    },
  ));

test.run();
