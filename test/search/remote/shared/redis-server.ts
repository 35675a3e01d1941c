import { spawn, spawnSync } from "node:child_process";
import { createClient } from "redis";
import { temporaryFolder } from "../../../fixtures";
import { skip } from "../../../skip";
import { freePort } from "../../../free-port";

/** A Redis server of a test's own. */
export interface RedisServer {
  readonly url: string;
  /** Ends it; its port stays free for `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A new, empty Redis server on a free port; undefined, with a line, where there is no redis-server. */
export async function redisServer(): Promise<RedisServer | undefined> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) return void skip("no redis-server");
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let stop = async (): Promise<void> => undefined;
  const start = async (): Promise<void> => {
    const options = ["--port", `${port}`, "--save", "", "--appendonly", "no", "--dir", temporaryFolder()];
    const child = spawn("redis-server", options, { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    stop = async () => (child.kill(), ended);
    for (;;) {
      const client = createClient({ url, socket: { reconnectStrategy: false } });
      client.on("error", () => undefined);
      const reached = await client.connect().then(
        () => true,
        () => false,
      );
      if (reached) return client.destroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await start();
  return { url, start, stop: () => stop() };
}
