import { memo } from "../../core/memo";
import type { SqlResult } from "../../core/roles";
import { startWatchdog } from "../../core/processes/watchdog";
import {
  openSqlite,
  type DatabaseFault,
  type SqlCaps,
  type SqliteConnection,
  type SqliteSource,
} from "./sqlite-connection";

/** A request to a process of the pool, and its reply. */
export interface SqliteRequest {
  readonly source: SqliteSource;
  readonly sql: string;
  readonly caps: SqlCaps;
}
/** What the process of a database answers. */
export type SqliteReply = SqlResult | DatabaseFault;

const mostOpen = 16; // databases
const connections = memo<string, SqliteConnection>({ most: mostOpen, release: (connection) => connection.close() });

function connection({ source, caps }: SqliteRequest): SqliteConnection | DatabaseFault {
  const key = JSON.stringify([source, caps]);
  const known = connections.get(key);
  if (known) return known;
  const opened = openSqlite(source, caps);
  return "kind" in opened ? opened : connections.set(key, opened);
}

// A statement may need too much memory. The binding is compiled without SQLite's own limit of the heap.
if (process.send) {
  const limit = startWatchdog();
  process.on("disconnect", () => process.exit());
  process.on("message", (request: SqliteRequest) => {
    limit({ memory: request.caps.memory });
    const opened = connection(request);
    process.send!("kind" in opened ? opened : opened.run(request.sql));
  });
  process.send("ready");
}
