import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectPath } from "../../lib/data/paths";
import { processor } from "./processor";
import { type Answered, client, load, persistent } from "./serve-clients";
import { servePrompts } from "./serve-prompts";

/**
 * `deepretrieval serve --embedded` in a process of its own, and clients on loopback in this one: tokens a second of 200
 * clients against those of batched generation without a server and of one client, percentiles of the time of a request,
 * memory, time to the first piece of text, and what becomes of requests when the server is killed and started again.
 *
 * `clients=200` and `seconds=60` are the load; `short=15` the seconds of each of the other rates.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const { clients = "200", seconds = "60", short = "15" } = options;
  const tsx = ["--require", "tsx/cjs"];
  log("the library alone …");
  const alone = JSON.parse(
    execFileSync(process.execPath, [...tsx, join(__dirname, "serve-child.ts"), short], { encoding: "utf8" }),
  ) as { batched: number; single: number; first: number[] };
  const prompts = await servePrompts();
  const bodyOf = (turn: number) => ({
    prompt: prompts[turn % prompts.length],
    max_tokens: 128,
    temperature: 1,
    seed: turn,
  });
  const server = await start(0);
  try {
    const ask = client(server.url);
    await load(64, 5, (turn) => ask(bodyOf(turn))); // to warm up
    log("one client …");
    const one = rateOf(await load(1, Number(short), (turn) => ask(bodyOf(turn))), Number(short));
    const first: number[] = [];
    for (let i = 0; i < 60; i++) first.push((await ask({ ...bodyOf(i), stream: true })).firstByte * 1000);
    log(`${clients} clients for ${seconds} s …`);
    const before = await load(Number(clients), 10, (turn) => ask(bodyOf(turn)));
    const memory = [await residentBytes(server.url)];
    const began = performance.now();
    const many = await load(Number(clients), Number(seconds), (turn) => ask(bodyOf(turn)));
    const took = (performance.now() - began) / 1000;
    memory.push(await residentBytes(server.url));
    const rate = rateOf(many, took);
    log("killed and started again …");
    const restarts = await killed(server, bodyOf, log);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) =>
      quantile(
        many.map(({ seconds }) => seconds),
        share,
      ),
    );
    return {
      on: processor(),
      load: {
        clients: Number(clients),
        seconds: rounded(took),
        requests: many.length,
        statuses: counts([...before, ...many].map(({ status }) => status)),
        tokensPerSecond: Math.round(rate),
        seconds50: p50,
        seconds95: p95,
        seconds99: p99,
        megabytesBefore: Math.round(memory[0]! / 1e6),
        megabytesAfter: Math.round(memory[1]! / 1e6),
        memoryGrowth: rounded(memory[1]! / memory[0]! - 1),
      },
      againstBatchedAlone: { batchedAlone: Math.round(alone.batched), share: rounded(rate / alone.batched) },
      againstOneAtATime: {
        oneClient: Math.round(one),
        libraryOneAtATime: Math.round(alone.single),
        times: rounded(rate / one),
      },
      firstText: {
        serverMs: rounded(quantile(first, 0.5)),
        libraryMs: rounded(quantile(alone.first, 0.5)),
        times: rounded(quantile(first, 0.5) / quantile(alone.first, 0.5)),
      },
      restarts,
    };
  } finally {
    server.child.kill("SIGKILL");
  }
}

interface Started {
  readonly url: string;
  child: ChildProcess;
}

/** Starts a server, at a port that is given or free. */
async function start(port: number): Promise<Started> {
  const child = spawn(
    process.execPath,
    [projectPath("dist/cli/main.js"), "serve", "--embedded", "--port", String(port), "--log-level", "warn"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return { url: /http:\S+(?=;)/.exec(String(line))![0], child };
}

/** Ends the server under load, politely and not, and starts it again at its port; clients repeat what failed. */
async function killed(server: Started, bodyOf: (turn: number) => object, log: (line: string) => void): Promise<object> {
  const outcome: Record<string, object> = {};
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const ask = client(server.url);
    const answers = load(32, 6, (turn) => persistent(() => ask(bodyOf(turn))));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const gone = once(server.child, "exit");
    server.child.kill(signal);
    await gone;
    log(`ended by ${signal}`);
    server.child = (await start(Number(new URL(server.url).port))).child;
    const all = (await answers) as Awaited<ReturnType<typeof persistent>>[];
    outcome[signal] = {
      requests: all.length,
      succeeded: all.filter(({ status }) => status === 200).length,
      repeated: all.filter(({ tries }) => tries > 1).length,
    };
  }
  return outcome;
}

const rateOf = (answers: readonly Answered[], seconds: number): number =>
  answers.reduce((sum, { tokens }) => sum + tokens, 0) / seconds;

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)![1]);
}

const quantile = (values: readonly number[], share: number): number =>
  rounded([...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!);

const counts = (values: readonly number[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const value of values) found[value] = (found[value] ?? 0) + 1;
  return found;
};

const rounded = (value: number): number => Number(value.toPrecision(3));
