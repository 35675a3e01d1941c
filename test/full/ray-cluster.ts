import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "../free-port";

/** A cluster of this machine: a head and two workers, each in processes of its own. */
export interface LocalCluster {
  readonly url: string;
  readonly folder: string; // of its files
  /** Kills a worker as a power cut would. */
  killWorker(i: number): void;
  close(): Promise<void>;
}

/** Processes below one, itself last. */
async function below(pid: number): Promise<number[]> {
  const { execFileSync } = await import("node:child_process");
  const pairs = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) found.push(...pairs.filter(([, of]) => of === parent).map(([own]) => own));
  return found.reverse();
}

/** Starts a cluster with `ray start` of this Python; workers have the resources worker0 and worker1. */
export async function localCluster(python: string): Promise<LocalCluster> {
  const folder = mkdtempSync("/tmp/dr-ray-"); // short: Ray's sockets lie in it, and their paths have a limit
  const [port, dashboard] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    PATH: `${dirname(python)}:${process.env["PATH"]}`,
    RAY_USAGE_STATS_ENABLED: "0",
    RAY_raylet_start_wait_time_s: "180",
  };
  const nodes: ChildProcess[] = [];
  const start = (...args: string[]): ChildProcess => {
    const common = ["--block", "--disable-usage-stats", "--object-store-memory=90000000", "--num-gpus=0"];
    const output = openSync(join(folder, `node-${nodes.length}.log`), "a");
    const stdio = ["ignore", output, output] as const;
    const words = ["-m", "ray.scripts.scripts", "start", ...common, ...args];
    const node = spawn(python, words, { env, stdio: [...stdio], detached: true });
    nodes.push(node);
    return node;
  };
  const url = `http://127.0.0.1:${dashboard}`;
  const close = async (): Promise<void> => {
    const pids = (await Promise.all(nodes.flatMap(({ pid }) => (pid ? [below(pid)] : [])))).flat();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      for (const pid of pids)
        try {
          process.kill(pid, signal);
        } catch {
          continue; // it has ended
        }
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const head = start(
    ...["--head", `--port=${port}`, "--dashboard-host=127.0.0.1", `--dashboard-port=${dashboard}`],
    ...["--num-cpus=2", `--temp-dir=${folder}`],
  );
  const get = (path: string) => fetch(url + path, { signal: AbortSignal.timeout(5000) });
  await until(() => {
    if (head.exitCode !== null) throw new Error(readFileSync(join(folder, "node-0.log"), "utf8"));
    return get("/api/version").then(({ ok }) => ok);
  });
  const alive = async () => (await (await get("/api/v0/nodes")).text()).split('"ALIVE"').length - 1;
  await until(async () => (await alive()) === 1);
  for (const i of [0, 1]) {
    const node = start(`--address=127.0.0.1:${port}`, "--num-cpus=1", `--resources={"worker${i}": 1}`);
    await until(async () => {
      if (node.exitCode !== null) throw new Error(readFileSync(join(folder, `node-${nodes.length - 1}.log`), "utf8"));
      return (await alive()) === i + 2; // two that start at once would choose the same names
    });
  }
  return {
    url,
    folder,
    killWorker(i) {
      void below(nodes[i + 1]!.pid!).then((pids) => pids.reverse().forEach((pid) => process.kill(pid, "SIGKILL")));
    },
    close,
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; ; tries++) {
    const failed = (error: Error): boolean => {
      if (error.name === "TimeoutError" || /^fetch failed/.test(error.message)) return false; // it does not listen yet
      throw error;
    };
    if (await holds().catch(failed)) return;
    if (tries > 240) throw new Error("the cluster does not start");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
