import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SqlResult } from "../../../lib/core/roles";
import { postgres, type Postgres } from "../../../lib/search/sql/postgres";
import { temporaryFolder } from "../../fixtures";
import { skip } from "../../skip";
import { freePort } from "../../free-port";

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

/** The folder with initdb and postgres, where there is one. */
function installed(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const folders = [
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : []),
    ...process.env["PATH"]!.split(":"),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** A server of its own on loopback, as another user where we are root, which it refuses to be. */
async function start(): Promise<{ url: string; data: string } | undefined> {
  const bin = installed();
  const root = userInfo().uid === 0;
  const other = root ? ["runuser", "-u", "postgres", "--"] : [];
  try {
    if (bin && root) execFileSync("runuser", ["-u", "postgres", "--", "true"], { stdio: "ignore" });
  } catch {
    return (skip("PostgreSQL refuses to run as root, and there is no user postgres"), undefined);
  }
  if (!bin) return (skip("no PostgreSQL"), undefined);
  const data = temporaryFolder();
  if (root) execFileSync("chown", ["postgres", data]);
  else chmodSync(data, 0o700);
  const [command, ...first] = [...other, join(bin, "initdb")];
  execFileSync(command!, [...first, "-D", data, "-U", "owner", "-A", "trust", "--no-sync"], {
    stdio: "ignore",
    cwd: "/",
  });
  const port = await freePort();
  const [launch, ...before] = [...other, join(bin, "postgres")];
  const server = spawn(
    launch!,
    [
      ...before,
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "fsync=off",
    ],
    { stdio: ["ignore", "ignore", "pipe"], cwd: "/" },
  );
  await new Promise<void>((resolve, reject) => {
    server.stderr!.on("data", (text) => String(text).includes("ready to accept") && resolve());
    server.once("exit", (code) => reject(new Error(`postgres ended with ${code}`)));
  });
  return { url: `postgres://owner@127.0.0.1:${port}/postgres`, data };
}

let running: Awaited<ReturnType<typeof start>>;
let database: Postgres;

test.before(async () => {
  running = await start();
  if (!running) return;
  const { Client } = await import("pg");
  const owner = new Client(running.url);
  await owner.connect();
  await owner.query(
    "CREATE TABLE singer (id serial PRIMARY KEY, name text, age int); " +
      "INSERT INTO singer (name, age) VALUES ('Ann', 30), ('Bo', 25), ('Cy', NULL)",
  );
  await owner.query("CREATE ROLE reader LOGIN; GRANT SELECT ON singer TO reader");
  await owner.end();
  database = postgres(running.url, { name: "singers" });
});

test.after(async () => {
  await database?.dispose();
  if (running)
    process.kill(Number(readFileSync(join(running.data, "postmaster.pid"), "utf8").split("\n")[0]), "SIGINT");
});

const withServer = (name: string, body: () => Promise<void>) => test(name, async () => (running ? body() : undefined));

withServer("rows come with their columns", async () => {
  assert.equal(await database.execute("SELECT name, age FROM singer WHERE age > 20 ORDER BY age"), {
    kind: "rows",
    columns: ["name", "age"],
    rows: [
      ["Bo", 25],
      ["Ann", 30],
    ],
  });
});

withServer("values are as SQLite has them", async () => {
  assert.equal(
    rows(
      await database.execute(
        "SELECT 1, 9007199254740993, 1.50::numeric, avg(age), true, '\\x00ff'::bytea, NULL, date '2020-01-02', " +
          "'é' FROM singer",
      ),
    ),
    [[1, 9007199254740993n, 1.5, 27.5, 1, Buffer.from([0, 255]), null, "2020-01-02", "é"]],
  );
});

withServer("a mistake is a result, in the words of PostgreSQL", async () => {
  assert.match(message(await database.execute("SELECT * FRM singer")), /syntax error at or near "FRM"/);
  assert.match(message(await database.execute("SELECT nope FROM singer")), /column "nope" does not exist/);
  assert.match(message(await database.execute("SELECT 1 / 0")), /division by zero/);
  assert.match(message(await database.execute("SELECT $1::int")), /supplies 0 parameters|no parameter/);
  assert.match(message(await database.execute("SELECT 1\0")), /null character/);
  assert.equal(rows(await database.execute("SELECT count(*) FROM singer")), [[3]]); // on the same connection
});

withServer("nothing is written, by any road", async () => {
  const writes = [
    "DROP TABLE singer",
    "SELECT 1; DROP TABLE singer",
    "COMMIT; DROP TABLE singer",
    "WITH gone AS (DELETE FROM singer RETURNING id) SELECT * FROM gone",
    "SELECT * INTO other FROM singer",
    "SELECT nextval('singer_id_seq')",
    "COPY singer TO '/tmp/x'",
    "SET transaction_read_only = off",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "EXPLAIN ANALYZE DELETE FROM singer",
    "BEGIN",
    "/* SELECT */ CREATE TEMP TABLE singer (id int)",
  ];
  for (const sql of writes) assert.is((await database.execute(sql)).kind, "failed", sql);
  assert.equal(rows(await database.execute("(SELECT count(*) FROM singer)")), [[3]]);
});

withServer("what one statement sets, the next does not see", async () => {
  rows(await database.execute("SELECT set_config('search_path', 'nowhere', false)"));
  assert.equal(rows(await database.execute("-- all\nSELECT count(*) FROM singer")), [[3]]);
});

withServer("a statement that takes too long is a timeout, and the next one runs", async () => {
  const hasty = postgres(running!.url, { seconds: 0.3, connections: 1 });
  assert.equal(await hasty.execute("SELECT pg_sleep(60)"), { kind: "timeout", seconds: 0.3 });
  assert.equal(
    await hasty.execute("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t"),
    { kind: "timeout", seconds: 0.3 },
  );
  assert.equal(rows(await hasty.execute("SELECT 1")), [[1]]);
  await hasty.dispose();
});

withServer("too many rows, and gigabytes, are cut off", async () => {
  const small = postgres(running!.url, { rows: 1000, megabytes: 5 });
  assert.is(
    message(await small.execute("SELECT * FROM generate_series(1, 5000)")),
    "the result has more than 1000 rows",
  );
  assert.is(message(await small.execute("SELECT repeat('x', 50000000)")), "the result is larger than 5 MB");
  assert.equal(rows(await small.execute("SELECT 1")), [[1]]);
  await small.dispose();
});

withServer("more statements than connections wait their turn, however long that takes", async () => {
  const narrow = postgres(running!.url, { connections: 2, connectSeconds: 0.5 });
  const results = await Promise.all(Array.from({ length: 8 }, (_, i) => narrow.execute(`SELECT ${i}, pg_sleep(0.2)`)));
  assert.equal(
    results.map((result) => rows(result)[0]![0]),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  await narrow.dispose();
});

withServer("interrupting ends a running statement and a waiting one", async () => {
  const single = postgres(running!.url, { connections: 1 });
  const stop = new AbortController();
  const both = [
    single.execute("SELECT pg_sleep(60)", { signal: stop.signal }),
    single.execute("SELECT 1", { signal: stop.signal }),
  ].map(rejection);
  setTimeout(() => stop.abort(), 200);
  for (const error of await Promise.all(both)) assert.is(error.name, "Interrupted");
  assert.equal(rows(await single.execute("SELECT 1")), [[1]]);
  await single.dispose();
});

withServer("a login that is refused and a database that is missing are exceptions", async () => {
  for (const path of ["owner@/nowhere", "nobody@/postgres"]) {
    const [user, name] = path.split("@/");
    const error = await rejection(
      postgres(running!.url.replace("owner@", `${user}@`).replace(/postgres$/, name!)).execute("SELECT 1"),
    );
    assert.is(error.name, "SearchUnavailable", path);
  }
});

withServer("a connection that the server ends is an outage, and the next statement gets a new one", async () => {
  const single = postgres(running!.url, { connections: 1 });
  const error = await rejection(single.execute("SELECT pg_terminate_backend(pg_backend_pid())"));
  assert.is(error.name, "SearchUnavailable");
  assert.equal(rows(await single.execute("SELECT 1")), [[1]]);
  await single.dispose();
});

test("a server that is not there is an exception, and names the database", async () => {
  const error = await rejection(postgres(`postgres://reader@127.0.0.1:${await freePort()}/cinema`).execute("SELECT 1"));
  assert.is(error.name, "SearchUnavailable");
  assert.match(error.message, /^PostgreSQL database cinema did not answer: connect ECONNREFUSED/);
});

test.run();
