import { SearchUnavailable } from "../../../lib/core/errors";
import type { SearchEngine, Task } from "../../../lib/core/roles";
import { formatAnswer } from "../../../lib/prompts/answer";
import { familyOf } from "../../../lib/rewards/families";
import { createServer } from "../../../lib/serving/http/server";
import { type RewardServiceOptions, rewardService } from "../../../lib/serving/reward-service";
import { task } from "../../../lib/tasks/task";

/** What an engine does instead of finding "d1" for "good" and "d9" for all else. */
export interface Mood {
  now: "up" | "down" | "silent" | "broken";
}

/** An engine over three documents, which can be down, never answer, or have a bug. */
const engineIn = (mood: Mood): SearchEngine => ({
  name: "small",
  async search(query, _, { signal } = {}) {
    if (mood.now === "down") throw new SearchUnavailable("small", "no connection", "Start it.", { outage: "network" });
    if (mood.now === "broken") throw new Error("secret of the machine");
    if (mood.now === "silent")
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped"))));
    return { hits: [{ docId: query === "good" ? "d1" : "d9", score: 1 }], total: 1, warnings: [] };
  },
});

/** Two problems, each with the relevant document d1; recall 1 earns 5 + 1, recall 0 −3.5 + 1, no form −4. */
export const smallTask = (mood: Mood): Task =>
  task({
    name: "small task",
    family: familyOf("pubmed"),
    problems: ["p1", "p2"].map((id) => ({ id, query: `question ${id}`, judgments: { d1: 1 } })),
    engine: engineIn(mood),
    k: 10,
  });

/** A server of that task under the name "small". The words of a completion are those after the opened thought. */
export async function smallServer(options: RewardServiceOptions = {}) {
  const mood: Mood = { now: "up" };
  const own = smallTask(mood);
  const service = rewardService([{ name: "small", task: own, textOf: (id) => `Title ${id}\ntext` }], options);
  const app = await createServer([service], { logLevel: "silent" });
  const post = async (url: string, body: unknown, headers: Record<string, string> = {}) => {
    const payload = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await app.inject({
      method: "POST",
      url,
      payload,
      headers: { "content-type": "application/json", ...headers },
    });
    return { status: answer.statusCode, body: read(answer.body), headers: answer.headers };
  };
  const get = async (url: string) => {
    const answer = await app.inject({ method: "GET", url });
    return { status: answer.statusCode, body: read(answer.body) };
  };
  return { app, mood, post, get };
}

function read(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A whole turn, and what a model writes of it after a prompt that has opened the thought. */
export const turn = (query: string): string => formatAnswer(query, "a thought");
export const completion = (query: string): string => turn(query).slice("<think>".length);
