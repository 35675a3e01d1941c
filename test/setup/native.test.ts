import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addonKey, placeInPackage } from "../../lib/setup/native/addon";
import { wantedNative } from "../../lib/setup/native/choice";
import { checkSpace, makeEmpty, missingIn } from "../../lib/setup/native/library";
import { answerIn, setUpNative, usableCard } from "../../lib/setup/native/native";
import { Shortfall } from "../../lib/setup/native/shortfall";
import { librariesFor, sharedLibraries } from "../../lib/setup/native/wheels";

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
  const card = { driver: "580.159.03", capability: "9.0", name: "NVIDIA H200" };
  const fine = () => Promise.resolve(card);
  const old = () => Promise.reject(new Shortfall("driver", "470"));
  assert.equal(await usableCard(linux, undefined, fine), { card });
  assert.equal(await usableCard({ ...linux, cuda: false }, "cuda", fine), { card });
  assert.equal(await usableCard(linux, "cpu", fine), {});
  assert.equal(await usableCard({ ...linux, cuda: false }, undefined, fine), {});
  assert.match(
    await told(async () => assert.equal(await usableCard(linux, undefined, old), { problem: "driver" })),
    /driver is too old \(470\)\. The processor computes instead\. To use the card, update the driver\./,
  );
});

test("a card that is asked for where no library has CUDA is refused in one line, on every platform", async () => {
  const never = () => Promise.reject(new Error("the card is looked at"));
  for (const [platform, arch, cuda] of [
    ["darwin", "arm64", false],
    ["linux", "arm64", true],
    ["win32", "x64", false],
  ] as const) {
    const machine = { platform, arch, cuda, musl: false };
    assert.match(
      await told(async () => assert.equal(await usableCard(machine, "cuda", never), { problem: "cudaPlatform" })),
      new RegExp(
        `^set-up {2}native TensorFlow on the card: none, as .* CUDA for ${platform} on ${arch}\\. The processor`,
      ),
    );
    assert.is(await told(() => usableCard(machine, undefined, never)), "");
  }
});

test("a shell that hides the cards says so, and leaves what is set up for them as it is", async () => {
  const machine = { platform: "linux", arch: "x64", cuda: true, musl: false };
  const root = mkdtempSync(join(tmpdir(), "hidden-"));
  try {
    const package_ = join(root, "node_modules/@tensorflow/tfjs-node-gpu");
    const cuda = librariesFor(machine)[0]!;
    const cache = join(root, "cache");
    const lay = (file: string, text = "x") => (
      mkdirSync(dirname(file), { recursive: true }), writeFileSync(file, text)
    );
    lay(join(package_, "package.json"), '{"version":"4.22.0"}');
    lay(join(package_, "binding/tfjs_backend.cc"));
    lay(join(package_, placeInPackage));
    for (const name of sharedLibraries(cuda)) lay(join(cache, cuda.name, name));
    lay(join(package_, dirname(placeInPackage), ".set-up"), addonKey(package_, join(cache, cuda.name)));
    const askCard = () => Promise.reject(new Shortfall("hidden", '"-1", which shows none of the cards'));
    const line = await told(async () =>
      assert.is(await setUpNative(root, { env: { CUDA_VISIBLE_DEVICES: "-1" }, cache, machine, askCard }), ""),
    );
    assert.match(line, /^set-up .*none, as CUDA_VISIBLE_DEVICES is "-1", which shows none of the cards\. [^\n]*\n$/);
    assert.ok(existsSync(join(package_, placeInPackage)));
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a library of which a file is lost is known to be incomplete, whichever file it is", () => {
  const cuda = librariesFor({ platform: "linux", arch: "x64", cuda: true })[0]!;
  const folder = mkdtempSync(join(tmpdir(), "library-"));
  try {
    const names = [...sharedLibraries(cuda), "tensorflow/include/tensorflow/c/c_api.h"];
    assert.is(names.length, 2 + 5 + 4 + 1); // TensorFlow's, NVIDIA's, the empty ones, and the header
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), "x");
    }
    assert.equal(missingIn(folder, cuda), []);
    for (const name of names) {
      rmSync(join(folder, name));
      assert.equal(missingIn(folder, cuda), [name]);
      writeFileSync(join(folder, name), ""); // cut off
      assert.equal(missingIn(folder, cuda), [name]);
      writeFileSync(join(folder, name), "x");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what libraries write to stdout around the answer of the check is no answer", () => {
  const answer = { version: "2.21.0", device: "gpu", vectors: [] };
  assert.equal(answerIn(`CUDA says hello\n${JSON.stringify(answer)}\n{bye}\n`), answer);
  for (const text of ["", "hello", '{"version"', '{"other": 1}']) assert.is(answerIn(text), undefined);
});

test("a disk with too little room is told before the download, with both sizes", () => {
  assert.throws(
    () => checkSpace("/cache", 1e9, 2e9),
    /too little room \(2,?000 MB free in \/cache, 3,?200 MB needed\)/,
  );
  checkSpace("/cache", 1e9, 4e9); // does not throw
  checkSpace("/cache", 1e9, 2.5e9, 0.8e9); // nor where wheels of an earlier set-up take part of the room
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
