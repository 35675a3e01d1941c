import { spawn } from "node:child_process";
import path from "node:path";

const root = path.join(__dirname, "../../..");

/** `deepretrieval serve` in a process of its own. */
export interface ServingProcess {
  readonly url: string;
  readonly said: () => string; // on stderr
  /** Asks it to end, and resolves to its exit code. */
  stop(): Promise<number | null>;
}

/** Starts a server on a free port, or with `--port` among `args`. Rejects with what it said where it ends before. */
export function serving(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServingProcess> {
  const port = args.includes("--port") ? [] : ["--port", "0"];
  const child = spawn(process.execPath, ["--import", "tsx", "lib/cli/main.ts", "serve", ...args, ...port], {
    cwd: root,
    env: { ...process.env, npm_lifecycle_event: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const stop = async () => (child.kill("SIGINT"), ended);
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (err += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      const url = /Serving at (\S+);/.exec(out)?.[1];
      if (url !== undefined) resolve({ url, stop, said: () => err });
    });
    void ended.then((code) => reject(new Error(`serve ended with ${code}: ${err}`)));
  });
}

/** The answer to a POST of JSON. */
export async function post(
  url: string,
  body: unknown,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
