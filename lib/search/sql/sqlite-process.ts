import type { SqlResult } from "../../core/roles";
import { startWatchdog } from "../../core/watchdog";
import {
  openSqlite,
  type DatabaseFault,
  type SqlCaps,
  type SqliteConnection,
  type SqliteSource,
} from "./sqlite-connection";

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

// A statement may take too much memory: SQLite's own heap limit is compiled out of the binding.
if (process.send) {
  const limitMemory = startWatchdog();
  process.on("disconnect", () => process.exit());
  process.on("message", (request: SqliteRequest) => {
    limitMemory(request.caps.memory);
    const opened = connection(request);
    process.send!("kind" in opened ? opened : opened.run(request.sql));
  });
  process.send("ready");
}
