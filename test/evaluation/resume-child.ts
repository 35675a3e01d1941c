/**
 * An evaluation in a process of its own, for a test that kills it: `resume-child.ts FOLDER MILLISECONDS` a question.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Rewriter, Task } from "../../lib/core/roles";
import { evaluate } from "../../lib/evaluation/evaluate";

const [folder, milliseconds] = process.argv.slice(2) as [string, string];

const wordTask: Task = {
  name: "words",
  problems: Array.from({ length: 40 }, (_, i) => ({
    id: `q${i}`,
    query: `word ${i}`,
    judgments: { [`d${i}`]: 1, x: 1 },
  })),
  prompt: ({ query }) => `<think>${query}`,
  score: async () => ({ kind: "malformed", reward: 0, why: "" }),
  search: async (_, query) => {
    await pause(Number(milliseconds));
    if (query.endsWith("7")) throw new Error(`no answer to ${query}`);
    return { hits: [{ docId: `d${query.split(" ")[1]}`, score: 1 / 3 }], total: 1, warnings: [] };
  },
};
const same: Rewriter = { name: "typed", rewrite: async (some) => some.map(({ query }) => query) };
const next: Rewriter = {
  name: "next",
  rewrite: async (some) => some.map(({ query }) => `${query.replace(/\d+/, (n) => String(Number(n) + 1))}`),
};

async function main(): Promise<void> {
  for await (const _ of evaluate(wordTask, [same, next], { folder, width: 2, batchSize: 8 }));
}

void main();
