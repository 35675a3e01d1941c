import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { mapLimit } from "../../lib/core/calls/limit";
import { databaseFile, readSqlQuestions } from "../../lib/data/datasets/spider";
import { sqlite, sqliteDefaults, sqlitePool } from "../../lib/search/sql/sqlite";
import { openSqlite } from "../../lib/search/sql/sqlite-connection";
import { sharedFile, temporaryFolder } from "../fixtures";

/**
 * Statements a second over the gold statements of Spider's development set: one after the other, by the binding alone
 * in this process; in a process of their own with a time limit and caps, as rewards run them; and eight at a time
 * there. Beside them Python's sqlite3, with connections kept and as DeepRetrieval uses it, one connection and one
 * thread a statement. The best of `rounds`. Isolation costs the difference of the first two, in microseconds a
 * statement.
 */
export async function bench({ rounds = "5" }: Record<string, string>, log: (line: string) => void) {
  const [archive, questions] = [
    sharedFile("data/sql/spider/database.tar.gz"),
    sharedFile("data/sql/spider/dev.json.gz"),
  ];
  if (!archive || !questions) throw new Error("bench sql: there are no shared data; they hold Spider's databases.");
  const folder = temporaryFolder();
  execFileSync("tar", ["xzf", archive, "-C", folder]);
  const statements = (await readSqlQuestions(questions)).map(({ sql }) => [sql!.database, sql!.gold] as const);
  const files = Object.fromEntries(statements.map(([name]) => [name, databaseFile(join(folder, "database"), name)]));
  log(`${statements.length} statements to ${Object.keys(files).length} databases`);

  const { seconds: _, ...caps } = sqliteDefaults;
  const connections = Object.fromEntries(
    Object.entries(files).map(([name, file]) => {
      const opened = openSqlite({ file }, caps);
      if ("kind" in opened) throw new Error(`${name}: ${opened.why}`);
      return [name, opened];
    }),
  );
  const counts = { rows: 0, failed: 0 };
  const here = await best(Number(rounds), statements.length, async () => {
    Object.assign(counts, { rows: 0, failed: 0 });
    for (const [name, sql] of statements) {
      const result = connections[name]!.run(sql);
      if (result.kind === "rows") counts.rows += result.rows.length;
      else counts.failed++;
    }
  });
  Object.values(connections).forEach((connection) => connection.close());

  const alone = sqlitePool({ workers: 1 });
  const one = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, sqlite(file, { pool: alone })]));
  const isolated = await best(Number(rounds), statements.length, async () => {
    for (const [name, sql] of statements) await one[name]!.execute(sql);
  });
  alone.dispose();
  const pool = sqlitePool();
  const many = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, sqlite(file, { pool })]));
  const eight = await best(
    Number(rounds),
    statements.length,
    async () => void (await mapLimit(statements, 8, ([name, sql]) => many[name]!.execute(sql))),
  );
  pool.dispose();

  return {
    statements: statements.length,
    ...counts,
    bindingPerSecond: here,
    isolatedPerSecond: isolated,
    isolatedEightAtATimePerSecond: eight,
    isolationMicroseconds: 1e6 / isolated - 1e6 / here,
    python: peer(files, statements, Number(rounds), log),
  };
}

/** The most that any of `rounds` reached a second. */
async function best(rounds: number, count: number, work: () => Promise<void>): Promise<number> {
  await work(); // compiled, connected, cached
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await work();
    most = Math.max(most, (1000 * count) / (performance.now() - began));
  }
  return most;
}

function peer(
  databases: Readonly<Record<string, string>>,
  statements: readonly (readonly [string, string])[],
  rounds: number,
  log: (line: string) => void,
): unknown {
  const { status, stdout } = spawnSync("python3", [join(__dirname, "sql-peer.py")], {
    input: JSON.stringify({ databases, statements, rounds }),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  if (status === 0) return JSON.parse(stdout) as unknown;
  log("skipped: Python's sqlite3 is not here");
  return undefined;
}
