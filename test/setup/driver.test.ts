import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { wantedNative } from "../../lib/setup/native/choice";
import { checkCard } from "../../lib/setup/native/driver";
import { checkSpace, makeEmpty } from "../../lib/setup/native/library";
import { setUpNative, usesCard } from "../../lib/setup/native/native";
import { Shortfall } from "../../lib/setup/native/shortfall";

const says = (text: string | undefined) => () => Promise.resolve(text);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => "",
    (error: Error) => error.message,
  );

/** What is written to stderr meanwhile. */
async function told(work: () => Promise<unknown>): Promise<string> {
  const { write } = process.stderr;
  let text = "";
  process.stderr.write = ((chunk: string) => ((text += chunk), true)) as typeof process.stderr.write;
  try {
    await work();
  } finally {
    process.stderr.write = write;
  }
  return text;
}

test("the last card is looked at, which is the one that the addon uses", async () => {
  const two = "580.159.03, 7.5, Tesla T4\n580.159.03, 9.0, NVIDIA H200\n";
  assert.equal(await checkCard(says(two)), { driver: "580.159.03", capability: "9.0", name: "NVIDIA H200" });
});

test("an old driver and an old card are refused with both numbers; the oldest that work are taken", async () => {
  assert.match(
    await failure(checkCard(says("470.82.01, 8.0, A100"))),
    /driver is too old \(470\.82\.01, .*525\.60\.13/,
  );
  assert.match(await failure(checkCard(says("525.60.9, 8.0, A100"))), /driver is too old/);
  assert.is(await failure(checkCard(says("525.60.13, 6.0, P100"))), "");
  assert.match(
    await failure(checkCard(says("550.10, 5.2, GTX 970"))),
    /card is too old \(GTX 970 has .* 5\.2, .* 6\.0/,
  );
});

test("where nvidia-smi is missing, or says what nobody knows, the card is tried", async () => {
  for (const text of [undefined, "", "No devices were found\n", "NVIDIA-SMI has failed"])
    assert.is(await checkCard(says(text)), undefined);
});

test("DEEPRETRIEVAL_NATIVE is cuda, cpu or off, and anything else is told", async () => {
  for (const choice of ["cuda", "cpu", "off"]) assert.equal(wantedNative({ DEEPRETRIEVAL_NATIVE: choice }), { choice });
  assert.equal(wantedNative({}), {});
  assert.equal(wantedNative({ DEEPRETRIEVAL_NATIVE: "" }), {});
  assert.equal(wantedNative({ DEEPRETRIEVAL_NATIVE: "gpu" }), { unknown: "gpu" });
  const line = await told(() => setUpNative("/nowhere", { env: { DEEPRETRIEVAL_NATIVE: "gpu" }, cache: "/nowhere" }));
  assert.match(line, /DEEPRETRIEVAL_NATIVE is "gpu", which is none of cuda, cpu and off/);
});

test("the card is used where there is a driver, unless cpu is asked for; else a line says why not", async () => {
  const linux = { platform: "linux", arch: "x64", cuda: true, musl: false };
  const fine = () => Promise.resolve(undefined);
  const old = () => Promise.reject(new Shortfall("driver", "470"));
  assert.is(await usesCard(linux, undefined, fine), true);
  assert.is(await usesCard(linux, "cuda", fine), true);
  assert.is(await usesCard(linux, "cpu", fine), false);
  assert.is(await usesCard({ ...linux, cuda: false }, undefined, fine), false);
  assert.match(
    await told(async () => assert.is(await usesCard({ ...linux, cuda: false }, "cuda", fine), false)),
    /on the card: none, as .* no NVIDIA driver was found\. The processor computes instead\. To use the card, install/,
  );
  assert.match(
    await told(async () => assert.is(await usesCard(linux, undefined, old), false)),
    /driver is too old \(470\)\. The processor computes instead\. To use the card, update the driver\./,
  );
});

test("a disk with too little room is told before the download, with both sizes", () => {
  assert.throws(
    () => checkSpace("/cache", 1e9, 2e9),
    /too little room \(2,?000 MB free in \/cache, 3,?200 MB needed\)/,
  );
  checkSpace("/cache", 1e9, 4e9); // does not throw
});

test("empty libraries bear the names that TensorFlow opens, and take 20 KB at most", async () => {
  const folder = mkdtempSync(join(tmpdir(), "empty-"));
  try {
    mkdirSync(join(folder, "nvidia"));
    await makeEmpty(folder, ["nvidia/cufft/lib/libcufft.so.11"]);
    const { size } = statSync(join(folder, "nvidia/cufft/lib/libcufft.so.11"));
    assert.ok(size > 0 && size < 20_000, `${size}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
