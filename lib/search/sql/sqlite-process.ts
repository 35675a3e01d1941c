import { Worker } from "node:worker_threads";
import type { SqlResult } from "../../core/roles";
import { openSqlite, type DatabaseFault, type SqlCaps, type SqliteConnection, type SqliteSource } from "./sqlite-connection";

/** What a process of the pool is asked, and answers. */
export interface SqliteRequest {
  readonly source: SqliteSource;
  readonly sql: string;
  readonly caps: SqlCaps;
}
export type SqliteReply = SqlResult | DatabaseFault;

const most = 16; // databases kept open
const connections = new Map<string, SqliteConnection>(); // the one used last comes last

function connection({ source, caps }: SqliteRequest): SqliteConnection | DatabaseFault {
  const key = JSON.stringify([source, caps]);
  const opened = connections.get(key) ?? openSqlite(source, caps);
  if ("kind" in opened) return opened;
  connections.delete(key);
  connections.set(key, opened);
  const [oldest] = connections;
  if (connections.size > most && oldest) {
    connections.delete(oldest[0]);
    oldest[1].close();
  }
  return opened;
}

/**
 * Ends the process when the parent is gone, and when a statement takes too much memory: a thread of its own sees it even
 * while the statement holds the main one. (SQLite's own heap limit is compiled out of the binding.)
 */
const watchdog = `
  const { parentPort } = require("node:worker_threads");
  const parent = process.ppid;
  let most = Infinity; // MB
  parentPort.on("message", (memory) => (most = memory));
  setInterval(() => {
    const full = process.memoryUsage.rss() > most * 2 ** 20;
    if (full) require("node:fs").writeSync(2, "out of memory: it took more than " + most + " MB");
    if (full || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, 25);
`;

if (process.send) {
  const watch = new Worker(watchdog, { eval: true, execArgv: [] });
  watch.unref();
  process.on("disconnect", () => process.exit());
  let told: number | undefined; // waking a thread for every statement would cost more than most statements do
  process.on("message", (request: SqliteRequest) => {
    if (request.caps.memory !== told) watch.postMessage((told = request.caps.memory));
    const opened = connection(request);
    process.send!("kind" in opened ? opened : opened.run(request.sql));
  });
  process.send("ready");
}
