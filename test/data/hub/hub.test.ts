import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { listing, snapshot } from "../../../lib/data/hub/hub";
import { temporaryFolder } from "../../fixtures";
import { closeHubs, commit, contents, hub, weights } from "../../loopback-hub";

test.after(closeHubs);

async function fails(work: Promise<unknown>, name: string, message: RegExp) {
  const error = await work.then(
    () => assert.unreachable("it went well"),
    (thrown: Error) => thrown,
  );
  assert.is((error as Error).name, name, (error as Error).stack);
  assert.match((error as Error).message, message, (error as Error).message);
}

test("a model's files land in one folder, verified; a second call asks for no file", async () => {
  const { options, seen } = await hub();
  const first = await snapshot("o/r", ["config.json", "*.safetensors"], options);
  assert.equal(readFileSync(join(first.folder, "model.safetensors")), weights);
  assert.is(first.commit, commit);
  const before = seen.filter(({ url }) => url.includes("/resolve/")).length;
  assert.is(before, 2);
  assert.is((await snapshot("o/r", ["config.json", "*.safetensors"], options)).folder, first.folder);
  assert.is(seen.filter(({ url }) => url.includes("/resolve/")).length, before);
});

test("the cache is laid out as Python's, and offline it serves without a request", async () => {
  const { options, seen } = await hub();
  const { folder } = await snapshot("o/r", ["config.json"], options);
  assert.is(folder, join(options.cache, "models--o--r", "snapshots", commit));
  assert.is(readFileSync(join(options.cache, "models--o--r", "refs", "main"), "utf8"), commit);
  const asked = seen.length;
  assert.is((await snapshot("o/r", ["config.json"], { ...options, offline: true })).folder, folder);
  await fails(
    snapshot("o/r", ["model.safetensors"], { ...options, offline: true }),
    "SearchUnavailable",
    /model\.safetensors of o\/r are not in the cache .* offline is set/,
  );
  await fails(
    snapshot("o/other", ["config.json"], { ...options, offline: true }),
    "SearchUnavailable",
    /o\/other at main is not in the cache/,
  );
  assert.is(seen.length, asked);
});

test("what Python loaded is found offline, though it left no listing", async () => {
  const cache = temporaryFolder();
  const folder = join(cache, "models--o--r", "snapshots", commit);
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(cache, "models--o--r", "refs"));
  writeFileSync(join(folder, "config.json"), "{}");
  writeFileSync(join(cache, "models--o--r", "refs", "main"), commit);
  assert.is((await snapshot("o/r", ["config.json"], { cache, offline: true })).folder, folder);
});

test("** takes the folders of a data set category, by its own address", async () => {
  const { options, seen } = await hub();
  const { files } = await snapshot("datasets/DeepRetrieval/datasets", ["sql/**"], options);
  assert.equal(
    files.map(({ path }) => path),
    ["sql/bird/test.parquet", "sql/spider/val.parquet"],
  );
  assert.ok(seen.some(({ url }) => url === `/datasets/DeepRetrieval/datasets/resolve/${commit}/sql/bird/test.parquet`));
  assert.is((await listing("datasets/DeepRetrieval/datasets", options)).files.length, 4);
});

test("progress counts bytes of the file and of all files", async () => {
  const { options } = await hub();
  const steps: [string, number, number][] = [];
  await snapshot("o/r", ["config.json", "model.safetensors"], {
    ...options,
    onProgress: ({ file, done, total }) => steps.push([file, done, total.done]),
  });
  assert.equal(steps.at(-1), ["model.safetensors", 100_000, 100_018]); // 18 bytes of config.json before it
});

test("a connection that breaks is continued where it broke", async () => {
  const { options, seen } = await hub((request, response, path) => {
    if (path !== "model.safetensors" || request.headers.range) return false;
    response.writeHead(200, { "content-length": weights.length });
    response.write(weights.subarray(0, 60_000), () => setTimeout(() => response.destroy(), 30));
    return true;
  });
  const { folder } = await snapshot("o/r", ["model.safetensors"], options);
  assert.equal(readFileSync(join(folder, "model.safetensors")), weights);
  assert.match(seen.at(-1)!.range!, /^bytes=[1-9]\d*-$/);
});

test("what a stopped process left is continued, and a part that the hub does not continue is begun anew", async () => {
  for (const ranges of [true, false]) {
    const { options, seen } = await hub(
      (_, response, path) => path === "model.safetensors" && !ranges && (response.end(weights), true),
    );
    const folder = join(options.cache, "models--o--r", "snapshots", commit);
    mkdirSync(folder, { recursive: true });
    // no process has this id
    writeFileSync(join(folder, "model.safetensors.999999999.incomplete"), weights.subarray(0, 40_000));
    await snapshot("o/r", ["model.safetensors"], options);
    assert.equal(readFileSync(join(folder, "model.safetensors")), weights);
    assert.is(seen.at(-1)!.range, "bytes=40000-");
    assert.not.ok(existsSync(join(folder, "model.safetensors.999999999.incomplete")));
  }
});

test("a part that was damaged on disk is noticed and loaded anew", async () => {
  const { options } = await hub();
  const folder = join(options.cache, "models--o--r", "snapshots", commit);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.safetensors.incomplete"), Buffer.alloc(40_000, 7));
  await snapshot("o/r", ["model.safetensors"], options);
  assert.equal(readFileSync(join(folder, "model.safetensors")), weights);
});

test("a hub that always cuts a file short is told as such, and what arrived is kept", async () => {
  const { options } = await hub((request, response, path) => {
    if (path !== "model.safetensors") return false;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from >= 50_000) return (response.writeHead(206, { "content-range": `bytes ${from}-99999/100000` }).end(), true);
    response.end(weights.subarray(0, 50_000)); // chunked: nothing but the listing says that it is short
    return true;
  });
  await fails(
    snapshot("o/r", ["model.safetensors"], options),
    "SearchUnavailable",
    /the hub ended after 50000 of the 100000 bytes it announced, 3 times in a row.*what has arrived is kept/,
  );
  assert.is(
    readFileSync(join(options.cache, "models--o--r", "snapshots", commit, "model.safetensors.incomplete")).length,
    50_000,
  );
});

test("a hub that lies about a size, upwards or downwards, is caught", async () => {
  const more = await hub(
    (_, response, path) => path === "model.safetensors" && (response.end(Buffer.concat([weights, weights])), true),
  );
  await fails(
    snapshot("o/r", ["model.safetensors"], more.options),
    "CorruptData",
    /sends more than the 100000 bytes it announced/,
  );
  const fewer = await hub(undefined, { ...contents, "model.safetensors": Buffer.concat([weights, Buffer.from("x")]) });
  await fails(
    snapshot("o/r", ["model.safetensors"], fewer.options),
    "SearchUnavailable",
    /ended after 100000 of the 100001 bytes|HTTP 416|less of the file/,
  );
});

test("a file of the right size and the wrong content never gets its name", async () => {
  const { options } = await hub(
    (_, response, path) => path === "model.safetensors" && (response.end(Buffer.alloc(weights.length, 1)), true),
  );
  await fails(
    snapshot("o/r", ["model.safetensors"], options),
    "CorruptData",
    /checksum [0-9a-f]{12}… instead of [0-9a-f]{12}…, twice/,
  );
  assert.not.ok(existsSync(join(options.cache, "models--o--r", "snapshots", commit, "model.safetensors")));
});

test("a hub that is down: the cache serves if it can, else it is said who did not answer", async () => {
  const { options, server, endpoint } = await hub();
  await snapshot("o/r", ["config.json"], options);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.ok((await snapshot("o/r", ["config.json"], options)).stale);
  await fails(
    snapshot("o/r", ["model.safetensors"], options),
    "SearchUnavailable",
    /not in the cache .* the hub is down/,
  );
  await fails(
    snapshot("o/r", ["config.json"], { ...options, cache: temporaryFolder() }),
    "SearchUnavailable",
    new RegExp(`${endpoint} did not answer: listing o/r: ECONNREFUSED, 3 times in a row`),
  );
});

test("a busy hub is asked again, a silent one given up in time", async () => {
  let refusals = 2;
  const busy = await hub((_, response) => refusals-- > 0 && (response.writeHead(503).end(), true));
  await snapshot("o/r", ["config.json"], busy.options);
  const silent = await hub((_, __, path) => path === "model.safetensors");
  await fails(
    snapshot("o/r", ["model.safetensors"], { ...silent.options, idle: 0.05 }),
    "SearchUnavailable",
    /no answer for 0\.05 s, 3 times/,
  );
});

test("a hub that stops in the middle of a file is given up, and continued later", async () => {
  let hang = true;
  const { options } = await hub((_, response, path) => {
    if (path !== "model.safetensors" || !hang) return false;
    response.writeHead(200, { "content-length": weights.length }).write(weights.subarray(0, 10_000));
    return true;
  });
  await fails(
    snapshot("o/r", ["model.safetensors"], { ...options, idle: 0.1, attempts: 1 }),
    "SearchUnavailable",
    /no byte for 0\.1 s after 10000 of 100000/,
  );
  hang = false;
  assert.equal(
    readFileSync(join((await snapshot("o/r", ["model.safetensors"], options)).folder, "model.safetensors")),
    weights,
  );
});

test("the token goes to the endpoint and not where it redirects to", async () => {
  const storage = await hub();
  const { options, seen } = await hub(
    (_, response, path) =>
      path === "model.safetensors" &&
      (response.writeHead(302, { location: `${storage.endpoint}/o/r/resolve/x/model.safetensors` }).end(), true),
  );
  await snapshot("o/r", ["model.safetensors"], { ...options, token: "secret" });
  assert.ok(seen.every(({ token }) => token === "Bearer secret"));
  assert.equal(
    storage.seen.map(({ token }) => token),
    [undefined],
  );
});

test("a gated repository, a misspelt one and a missing file are told apart", async () => {
  const gated = await hub((_, response) => (response.writeHead(401).end(), true));
  await fails(
    snapshot("o/r", ["config.json"], gated.options),
    "TypeError",
    /HTTP 401, it is private, gated or misspelt\. Check the name, or pass \{ token \}/,
  );
  const none = await hub((_, response) => (response.writeHead(404).end(), true));
  await fails(snapshot("o/r", ["config.json"], none.options), "RangeError", /HTTP 404, there is nothing of that name/);
  const { options } = await hub();
  await fails(
    snapshot("o/r", ["pytorch_model.bin"], options),
    "RangeError",
    /o\/r has no pytorch_model\.bin\. It holds config\.json, model\.safetensors/,
  );
  await fails(snapshot("not a name", ["x"], options), "TypeError", /names no repository/);
});

test("a listing that points outside its repository is refused", async () => {
  const { options } = await hub(undefined, { "../../evil": Buffer.from("x") });
  await fails(snapshot("o/r", ["**"], options), "CorruptData", /outside its repository/);
});

test("a page that is no JSON is no listing", async () => {
  const { options } = await hub(
    (request, response) => request.url!.startsWith("/api/") && (response.end("<html>Sign in</html>"), true),
  );
  await fails(snapshot("o/r", ["**"], options), "CorruptData", /not JSON.*a login page or a proxy may have answered/);
});

test("an abort ends a download with Interrupted and keeps what arrived", async () => {
  const stop = new AbortController();
  const { options } = await hub(
    (_, response, path) =>
      path === "model.safetensors" &&
      (response.writeHead(200, { "content-length": weights.length }).write(weights.subarray(0, 20_000)), true),
  );
  const onProgress = ({ done }: { done: number }) => done >= 20_000 && stop.abort();
  await fails(
    snapshot("o/r", ["model.safetensors"], { ...options, signal: stop.signal, onProgress }),
    "Interrupted",
    /interrupted/,
  );
  assert.is(
    readFileSync(join(options.cache, "models--o--r", "snapshots", commit, "model.safetensors.incomplete")).length,
    20_000,
  );
});

test.run();
