import { spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { completionAfter } from "../../lib/prompts/templates";
import { random } from "../../lib/core/random";
import { processor } from "./processor";

const root = join(__dirname, "../..");
const distinct = 2000; // completions of a task, each with a query of its own

interface Problems {
  readonly problems: readonly { readonly label: string; readonly query: string; readonly prompt: string }[];
}

/**
 * Rewards a second that a reward server gives to `callers` at once, for the families that need no network. The server
 * is a process of its own, the callers share this one; each sends a completion, waits for its reward and sends the next
 * one. `new queries` are completions whose query nobody asked before; `a group's queries` come back eight times, as in
 * training. `in batches` are 16 completions in a request.
 */
export async function bench(
  { seconds = "4", callers = "64" }: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<Record<string, number | string>> {
  const figures: Record<string, number | string> = { processor: processor(), callers: Number(callers) };
  const tasks = ["pubmed", "sql", "evidence"];
  const server = spawn(
    process.execPath,
    ["dist/cli/main.js", "serve", ...tasks.flatMap((task) => ["--task", task]), "--port", "0", "--log-level", "error"],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: Number(callers) });
  try {
    const url = await listening(server.stdout);
    for (const task of tasks) {
      const { problems } = (await asked(agent, `${url}/problems?task=${task}&limit=500`)) as Problems;
      const rng = random(`rewards of ${task}`);
      const words = [
        ...new Set(problems.flatMap(({ query }) => query.split(/\W+/).filter(({ length }) => length > 3))),
      ];
      const item = (i: number) => {
        const { label, prompt, query } = problems[i % problems.length]!;
        const key = task === "sql" ? "sql" : "query";
        const written =
          task === "sql"
            ? `SELECT ${i}, '${rng.pick(words)}'`
            : `${query} OR (${rng.pick(words)} AND ${rng.pick(words)} ${i})`;
        return { label, completion: completionAfter(prompt, written, { key }) };
      };
      const items = Array.from({ length: distinct }, (_, i) => item(i));
      const rate = async (name: string, bodyOf: (call: number) => readonly object[]) => {
        const perSecond = await rewardsPerSecond(agent, `${url}/score`, task, Number(callers), Number(seconds), bodyOf);
        figures[`${task}, ${name}, rewards/s`] = perSecond;
        log(`${task}, ${name}: ${perSecond} rewards/s`);
      };
      let fresh = distinct;
      await rate("new queries", () => [item(fresh++)]);
      await rate("a group's queries", (call) => [items[Math.floor(call / 8) % distinct]!]);
      await rate("in batches of 16", (call) =>
        Array.from({ length: 16 }, (_, i) => items[(2 * call + (i % 2)) % distinct]!),
      );
    }
    return figures;
  } finally {
    agent.destroy();
    server.kill("SIGTERM");
  }
}

async function listening(stdout: NodeJS.ReadableStream): Promise<string> {
  let said = "";
  for await (const piece of stdout) {
    said += String(piece);
    const url = /Serving at (\S+);/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`the server did not start: ${said}`);
}

/** The rewards of all callers in `seconds` of wall time, after 20 calls of each. Throws where a reward is missing. */
async function rewardsPerSecond(
  agent: Agent,
  url: string,
  task: string,
  callers: number,
  seconds: number,
  bodyOf: (call: number) => readonly object[],
): Promise<number> {
  let [call, rewards] = [0, 0];
  const one = async (): Promise<number> => {
    const answer = (await asked(agent, url, { task, items: bodyOf(call++) })) as { rewards: (number | null)[] };
    if (answer.rewards?.every(Number.isFinite)) return answer.rewards.length;
    throw new Error(`no reward: ${JSON.stringify(answer).slice(0, 300)}`);
  };
  const all = (work: () => Promise<void>) => Promise.all(Array.from({ length: callers }, work));
  await all(async () => {
    for (let i = 0; i < 20; i++) await one();
  });
  const end = performance.now() + seconds * 1000;
  await all(async () => {
    while (performance.now() < end) {
      const came = await one();
      if (performance.now() < end) rewards += came;
    }
  });
  return Math.round(rewards / seconds);
}

/** The JSON that an address answers. */
function asked(agent: Agent, url: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      sent === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(sent) };
    const call = request(url, { agent, method: sent === undefined ? "GET" : "POST", headers }, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (piece: string) => (text += piece))
        .on("end", () => resolve(JSON.parse(text)));
    });
    call.on("error", reject).end(sent);
  });
}
