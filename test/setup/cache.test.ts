import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cached, cacheFolder, lock } from "../../lib/setup/native/cache";

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "set-up-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

const where = (platform: string, env: Record<string, string> = {}) => cacheFolder({ platform, env, home: "/home/ada" });

test("the cache is where the platform keeps such things, unless the user says otherwise", () => {
  assert.is(where("linux"), "/home/ada/.cache/deepretrieval");
  assert.is(where("linux", { XDG_CACHE_HOME: "/var/c" }), "/var/c/deepretrieval");
  assert.is(where("darwin"), "/home/ada/Library/Caches/deepretrieval");
  assert.is(where("darwin", { DEEPRETRIEVAL_CACHE: "/big/disk" }), "/big/disk");
});

test("what two set-ups want at once is made once, and the second waits", async () => {
  const target = join(folder, "library");
  let made = 0;
  let waited = 0;
  const make = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    made++;
    writeFileSync(target, "");
  };
  await Promise.all([cached(target, make, () => waited++), cached(target, make, () => waited++)]);
  await cached(target, make);
  assert.equal([made, waited], [1, 1]);
  assert.not(existsSync(`${target}.lock`));
});

test("a make that fails gives the lock back and its error on", async () => {
  const target = join(folder, "library");
  const failed = await cached(target, () => Promise.reject(new Error("no network"))).catch(
    (error: Error) => error.message,
  );
  assert.is(failed, "no network");
  await cached(target, async () => writeFileSync(target, ""));
  assert.ok(existsSync(target));
});

test("a lock whose owner has ended, or was silent for long, is taken at once", async () => {
  const file = join(folder, "x.lock");
  const ended = spawnSync(process.execPath, ["--version"]).pid;
  writeFileSync(file, `${ended} ${hostname()}\n`);
  (await lock(file, () => assert.unreachable("waited for a dead process")))();
  writeFileSync(file, "1 another-host\n");
  utimesSync(file, 0, 0); // last touched in 1970
  (await lock(file, () => assert.unreachable("waited for a silent host")))();
  assert.not(existsSync(file));
});

test.run();
