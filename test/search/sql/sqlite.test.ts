import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SqlResult } from "../../../lib/core/roles";
import { sqlite, sqlitePool } from "../../../lib/search/sql/sqlite";
import { sharedFile, temporaryFolder } from "../../fixtures";

const schema =
  "CREATE TABLE singer (id INTEGER PRIMARY KEY, name TEXT, age INT); " +
  "INSERT INTO singer VALUES (1, 'Ann', 30), (2, 'Bo', 25), (3, 'Cy', NULL)";
const pool = sqlitePool({ workers: 2 });
const singers = sqlite({ schema }, { name: "singers", pool });
const endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t";
const rows = (result: SqlResult) => (
  assert.is(result.kind, "rows", inspect(result)), (result as SqlResult & { kind: "rows" }).rows
);
const message = (result: SqlResult) => (
  assert.is(result.kind, "failed"), (result as SqlResult & { kind: "failed" }).message
);
const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("did not throw") as never,
    (error: Error) => error,
  );

test.after(() => pool.dispose());

test("rows come with their columns, in order", async () => {
  assert.equal(await singers.execute("SELECT name, age FROM singer WHERE age > 20 ORDER BY age"), {
    kind: "rows",
    columns: ["name", "age"],
    rows: [
      ["Bo", 25],
      ["Ann", 30],
    ],
  });
});

test("two columns of one name are two columns", async () => {
  assert.equal(rows(await singers.execute("SELECT 1 a, 2 a")), [[1, 2]]);
});

test("values keep their types: large integers, reals, text, bytes and NULL", async () => {
  assert.equal(rows(await singers.execute("SELECT 9007199254740993, 1.5, 'é', x'00ff', NULL")), [
    [9007199254740993n, 1.5, "é", Buffer.from([0, 255]), null],
  ]);
});

test("a double-quoted text that names no column is a string, as in Python's sqlite3", async () => {
  assert.equal(rows(await singers.execute('SELECT id FROM singer WHERE name = "Bo"')), [[2]]);
});

test("no statement runs and returns nothing", async () => {
  assert.equal(rows(await singers.execute(" -- nothing")), []);
});

test("a mistake is a result, in the words of SQLite", async () => {
  assert.is(message(await singers.execute("SELEC 1")), 'near "SELEC": syntax error');
  assert.is(message(await singers.execute("SELECT * FROM song")), "no such table: song");
  assert.is(message(await singers.execute("SELECT abs(-9223372036854775808)")), "integer overflow");
});

test("words of an outage in a statement's own names are the statement's", async () => {
  for (const name of ["database is locked", "disk I/O error", "database disk image is malformed"])
    assert.is(message(await singers.execute(`SELECT * FROM [${name}]`)), `no such table: ${name}`);
});

test("real numbers are added as SQLite has done since 3.43, and the version is told", async () => {
  const [, minor] = /^3\.(\d+)\.\d+$/.exec(singers.version)!;
  assert.ok(Number(minor) >= 43, singers.version);
  assert.equal(
    rows(await singers.execute("SELECT sum(column1) FROM (VALUES (0.1), (0.2), (0.3), (1e16), (-1e16), (1.1))")),
    [[1.7000000000000002]],
  ); // SQLite 3.40 gives 1.1
});

test("a mistake in the first of two statements, or beside a parameter, is reported first, as by Python", async () => {
  assert.is(message(await singers.execute("SELEC 1; SELECT 2")), 'near "SELEC": syntax error');
  assert.match(message(await singers.execute("SELECT ? FROM song")), /no such table/);
  assert.match(message(await singers.execute("SELECT 1; SELECT 2")), /one statement at a time/);
  assert.match(message(await singers.execute("SELECT id FROM singer WHERE id = :1")), /bindings/);
  assert.match(message(await singers.execute("SELECT 'it; SELECT 2")), /unrecognized token/);
});

test("bytes that are no UTF-8 differ from each other and from U+FFFD, in files of every encoding", async () => {
  for (const encoding of ["UTF-8", "UTF-16le", "UTF-16be"]) {
    const stored =
      encoding === "UTF-8"
        ? ["61ff62", "61fe62", "61efbfbd62", "61eda08062"]
        : ["6100dbff6200dbff", "6100dbfe6200dbfe", "fffd", "fdff"];
    const values = stored.map((hex, i) => `(${i}, CAST(x'${hex}' AS TEXT))`).join(", ");
    const bytes = sqlite(
      { schema: `PRAGMA encoding = '${encoding}'; CREATE TABLE t (id, a TEXT); INSERT INTO t VALUES ${values}` },
      { pool },
    );
    const texts = rows(await bytes.execute("SELECT a, id FROM t ORDER BY id; -- all")).map(([text]) => text);
    assert.is(new Set(texts).size, 4, encoding);
    // Python: bytes.decode("utf-8", "surrogateescape")
    if (encoding === "UTF-8") assert.equal(texts, ["a\udcffb", "a\udcfeb", "a\ufffdb", "a\udced\udca0\udc80b"]);
    assert.equal(rows(await bytes.execute("SELECT max(a), count(*) FROM t WHERE id = 2")).length, 1);
  }
});

test("nothing changes the database, its files, or what the next statement finds", async () => {
  const folder = temporaryFolder();
  const writes = [
    "DROP TABLE singer",
    "DELETE FROM singer",
    "INSERT INTO singer VALUES (4, 'x', 1)",
    "INSERT INTO singer VALUES (4, 'x', 1) RETURNING id",
    "CREATE TEMP TABLE singer (id)",
    "WITH t(n) AS (VALUES (1)) DELETE FROM singer",
    "PRAGMA case_sensitive_like = 1",
    "PRAGMA query_only = OFF",
    "PRAGMA user_version = 5",
    "BEGIN",
    `ATTACH '${folder}/a.db' AS a`,
    `VACUUM INTO '${folder}/b.db'`,
    "SELECT load_extension('x')",
  ];
  for (const sql of writes)
    assert.match(message(await singers.execute(sql)), /not authorized|authorization denied/, sql);
  assert.equal(rows(await singers.execute("SELECT count(*) FROM singer WHERE name LIKE 'ANN'")), [[1]]);
  assert.equal(readdirSync(folder), []);
});

test("tables may describe themselves", async () => {
  assert.equal(rows(await singers.execute("SELECT name FROM pragma_table_info('singer')")), [
    ["id"],
    ["name"],
    ["age"],
  ]);
});

test("a statement that never ends is killed in time, and the next one runs", async () => {
  const hasty = sqlite({ schema }, { pool, seconds: 0.3 });
  const began = performance.now();
  assert.equal(
    await Promise.all([1, 2, 3].map(() => hasty.execute(endless))),
    Array(3).fill({ kind: "timeout", seconds: 0.3 }),
  );
  assert.ok(performance.now() - began < 10_000);
  assert.equal(rows(await hasty.execute("SELECT count(*) FROM singer")), [[3]]);
});

test("too many rows, and gigabytes, are cut off", async () => {
  const small = sqlite({ schema }, { pool, rows: 1000, megabytes: 20, memory: 300 });
  assert.is(message(await small.execute(endless.replace("count(*)", "n"))), "the result has more than 1000 rows");
  assert.match(message(await small.execute("SELECT zeroblob(900000000)")), /too big/);
  assert.is(
    message(await small.execute("SELECT randomblob(5000000) FROM singer a, singer b")),
    "the result is larger than 20 MB",
  );
  assert.is(
    message(await small.execute(`${endless.replace("count(*)", "n, randomblob(100000)")} LIMIT 900 OFFSET 1`)),
    "the result is larger than 20 MB",
  );
  assert.match(
    message(
      await small.execute(
        "WITH RECURSIVE t(n, s) AS (SELECT 1, randomblob(1000) UNION ALL SELECT n + 1, " +
          "randomblob(1000) FROM t LIMIT 1000000) SELECT n FROM t ORDER BY s",
      ),
    ),
    /out of memory: it took more than 300 MB/,
  );
  assert.equal(rows(await small.execute("SELECT 1")), [[1]]);
});

test("a statement of 100 kB, or of right-to-left letters, is only a statement", async () => {
  assert.equal(rows(await singers.execute(`SELECT ${"1 + ".repeat(500)}1`)), [[501]]);
  assert.is(message(await singers.execute(`SELECT ${"(".repeat(100_000)}`)), "Recursion limit");
  assert.match(message(await singers.execute("SELECT שלום")), /no such column/);
});

test("interrupting ends a running statement and a waiting one, and says so", async () => {
  const single = sqlite({ schema }, { pool: sqlitePool({ workers: 1 }) });
  const stop = new AbortController();
  const both = [
    single.execute(endless, { signal: stop.signal }),
    single.execute("SELECT 1", { signal: stop.signal }),
  ].map(rejection);
  setTimeout(() => stop.abort(), 500);
  for (const error of await Promise.all(both)) assert.is(error.name, "Interrupted");
  assert.is((await rejection(single.execute("SELECT 1", { signal: stop.signal }))).name, "Interrupted");
});

test("a process that is killed from outside is replaced", async () => {
  const lonely = sqlite({ schema });
  assert.equal(rows(await lonely.execute("SELECT 1")), [[1]]);
  const children = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes("sqlite-process"));
  process.kill(Number.parseInt(children.at(-1)!, 10), "SIGKILL");
  assert.equal(rows(await lonely.execute("SELECT 2")), [[2]]);
  lonely.dispose();
  assert.is((await rejection(lonely.execute("SELECT 3"))).name, "Interrupted");
});

test("a database that is missing, is none, or is damaged is an exception", async () => {
  const folder = temporaryFolder();
  assert.throws(
    () => sqlite(join(folder, "none.sqlite")),
    (error: Error) => error.name === "SearchUnavailable" && /none/.test(error.message),
  );
  assert.throws(
    () => sqlite(folder),
    (error: Error) => error.name === "SearchUnavailable",
  );
  writeFileSync(join(folder, "text.sqlite"), "hello, I am a text file of some length");
  assert.throws(
    () => sqlite(join(folder, "text.sqlite")),
    (error: Error) => error.name === "CorruptData",
  );
  writeFileSync(join(folder, "empty.sqlite"), "");
  assert.throws(
    () => sqlite(join(folder, "empty.sqlite")),
    (error: Error) => error.name === "CorruptData" && /empty/.test(error.message),
  );
  writeFileSync(join(folder, "torn.sqlite"), `SQLite format 3\0${"x".repeat(2000)}`);
  assert.is((await rejection(sqlite(join(folder, "torn.sqlite"), { pool }).execute("SELECT 1"))).name, "CorruptData");
});

test("a schema that does not run is the caller's mistake", async () => {
  const error = await rejection(sqlite({ schema: "CREATE TABLE" }, { pool }).execute("SELECT 1"));
  assert.is(error.name, "RangeError");
  assert.match(error.message, /does not run: incomplete input/);
});

test("a truncated database file is CorruptData, not a failed statement", async () => {
  const folder = temporaryFolder();
  const archive = sharedFile("data/sql/spider/database.tar.gz");
  if (!archive) return;
  execFileSync("tar", ["xzf", archive, "-C", folder, "database/flight_4/flight_4.sqlite"]);
  const file = join(folder, "database/flight_4/flight_4.sqlite");
  truncateSync(file, 100_000);
  assert.is((await rejection(sqlite(file, { pool }).execute("SELECT count(*) FROM routes"))).name, "CorruptData");
});

test("every gold query of Spider's dev set runs, and equals itself", async () => {
  const archive = sharedFile("data/sql/spider/database.tar.gz");
  const questions = archive && sharedFile("data/sql/spider/dev.json.gz");
  if (!archive || !questions) return;
  const folder = temporaryFolder();
  execFileSync("tar", ["xzf", archive, "-C", folder]);
  const dev = JSON.parse(gunzipSync(readFileSync(questions)).toString()) as { db_id: string; query: string }[];
  const databases = new Map<string, ReturnType<typeof sqlite>>();
  for (const { db_id } of dev)
    if (!databases.has(db_id))
      databases.set(db_id, sqlite(join(folder, "database", db_id, `${db_id}.sqlite`), { pool }));
  const [first, second] = [
    await Promise.all(dev.map(({ db_id, query }) => databases.get(db_id)!.execute(query))),
    await Promise.all(dev.map(({ db_id, query }) => databases.get(db_id)!.execute(query))),
  ];
  assert.is(
    first.reduce((sum, result) => sum + rows(result).length, 0),
    11958,
  ); // as Python's sqlite3 counts
  assert.equal(first, second);
  rmSync(folder, { recursive: true });
});

test.run();
