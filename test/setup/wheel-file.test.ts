import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fetchWheel, resume, usesProxy } from "../../lib/setup/native/wheel-file";

const content = "0123456789".repeat(1000);
let part = "";
test.before.each(() => void (part = join(mkdtempSync(join(tmpdir(), "set-up-")), "x.whl.part")));
test.after.each(() => rmSync(join(part, ".."), { recursive: true }));

/** Runs `use` against a server on this machine; returns the Range headers it was asked for. */
async function serve(listener: RequestListener, use: (url: string) => Promise<void>): Promise<(string | undefined)[]> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => (ranges.push(request.headers.range), listener(request, response)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x.whl`);
  server.closeAllConnections();
  server.close();
  return ranges;
}

const withRanges: RequestListener = (request, response) => {
  const from = Number(request.headers.range?.match(/\d+/)?.[0] ?? 0);
  response.writeHead(from ? 206 : 200).end(content.slice(from));
};

test("a download goes on where an earlier one stopped", async () => {
  writeFileSync(part, content.slice(0, 4321));
  const ranges = await serve(withRanges, async (url) => assert.ok(await resume(url, part, content.length)));
  assert.equal(ranges, ["bytes=4321-"]);
  assert.is(readFileSync(part, "utf8"), content);
});

test("a connection that breaks is taken up again in the same run", async () => {
  let calls = 0;
  const breaking: RequestListener = (request, response) => {
    if (calls++ > 0) return withRanges(request, response);
    response.writeHead(200, { "content-length": content.length });
    response.write(content.slice(0, 2500));
    const onDisk = setInterval(() => {
      if (!existsSync(part) || statSync(part).size < 2500) return;
      clearInterval(onDisk);
      response.destroy(); // what was received is kept, however slow the machine
    }, 5);
  };
  const ranges = await serve(breaking, async (url) => assert.ok(await resume(url, part, content.length)));
  assert.equal(ranges, [undefined, "bytes=2500-"]);
  assert.is(readFileSync(part, "utf8"), content);
});

test("what is downloaded to its last byte needs no network; a file that is cut off or wrong is not taken", async () => {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const folder = join(part, "..");
  const whole = join(folder, `${sha256}.whl`);
  const wheel = { requirement: "x==1", bytes: content.length, sha256 };
  const nobody = { file: join(folder, "no-python"), version: [25, 1] };
  const fetched = () => fetchWheel(nobody, wheel, [], folder, folder);
  const needsNetwork = () =>
    fetched().then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /pip could not download/),
    );
  writeFileSync(`${whole}.part`, content);
  assert.is(await fetched(), whole);
  assert.is(await fetched(), whole);
  writeFileSync(whole, content.slice(1)); // cut off
  await needsNetwork();
  writeFileSync(whole, content.replace("1", "2")); // another file of this size
  await needsNetwork();
  assert.is(readFileSync(whole, "utf8").length, content.length);
});

test("a server that knows no ranges sends all of it again", async () => {
  writeFileSync(part, "something else");
  await serve(
    (_, response) => response.end(content),
    async (url) => assert.ok(await resume(url, part, content.length)),
  );
  assert.is(readFileSync(part, "utf8"), content);
});

test("a server that refuses, or is not there, is left to pip", async () => {
  await serve(
    (_, response) => response.writeHead(401).end(),
    async (url) => assert.not(await resume(url, part, 10)),
  );
  assert.not(await resume("http://127.0.0.1:1/x.whl", part, 10));
  assert.ok(usesProxy({ https_proxy: "http://proxy:3128" })); // so is everything behind a proxy
  assert.not(usesProxy({}));
});

test.run();
