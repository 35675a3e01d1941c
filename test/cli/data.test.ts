import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { data } from "../../lib/cli/data/data";
import { publishedData } from "../../lib/data/datasets/published";
import { temporaryFolder } from "../fixtures";
import { closeHubs, hub } from "../loopback-hub";

test.after(closeHubs);

/** Runs the command and keeps what it prints. */
async function run(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  const kept = { out: "", err: "" };
  process.stdout.write = ((piece: string) => Boolean((kept.out += piece))) as typeof process.stdout.write;
  process.stderr.write = ((piece: string) => Boolean((kept.err += piece))) as typeof process.stderr.write;
  try {
    return { code: await data.run(argv), ...kept };
  } finally {
    [process.stdout.write, process.stderr.write] = [stdout, stderr];
  }
}

const started = hub();
const at = async (...argv: readonly string[]) =>
  run(...argv, "--endpoint", (await started).endpoint, "--cache", (await started).options.cache);

test("data list names the data sets, as a table or as JSON", async () => {
  assert.match((await at("list")).out, /^sql\/bird +1 files +0\.00 MB\nsql\/spider +1 files/);
  const { datasets } = JSON.parse((await at("list", "--json")).out) as { datasets: { name: string }[] };
  assert.equal(
    datasets.map(({ name }) => name),
    ["sql/bird", "sql/spider"],
  );
});

test("data get loads one, by its last name, and copies it", async () => {
  const to = temporaryFolder();
  const { code, out, err } = await at("get", "bird", "--json", "--to", to);
  assert.is(code, 0);
  assert.equal((JSON.parse(out) as { files: string[] }).files, [join(to, "sql/bird/test.parquet")]);
  assert.is(readFileSync(join(to, "sql/bird/test.parquet"), "utf8"), "PAR1");
  assert.match(err, /sql\/bird\/test\.parquet/); // progress goes to stderr
  assert.is((await at("get", "bird", "--offline")).code, 0);
});

test("a category is all of its data sets", async () => {
  assert.equal(Object.keys((await publishedData("sql", (await started).options)).files), [
    "sql/bird/test.parquet",
    "sql/spider/val.parquet",
  ]);
});

test("an unknown name and a hub that is down end in 1, with what there is to know", async () => {
  const unknown = await at("get", "squad");
  assert.equal([unknown.code, unknown.out], [1, ""]);
  assert.match(unknown.err, /"squad" is none of the data sets: sql\/bird, sql\/spider\. Write the whole name/);
  const offline = await run("get", "bird", "--offline", "--cache", temporaryFolder());
  assert.is(offline.code, 1);
  assert.match(offline.err, /is not in the cache .* Load it once while the hub can be reached/);
});

test("what is no command is a usage error", async () => {
  for (const argv of [[], ["get"], ["list", "bird"], ["drop", "bird"]])
    await run(...argv).then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.name, "UsageError"),
    );
});

test.run();
