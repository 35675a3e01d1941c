import { execFileSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { choose, useBackend } from "../../lib/backend/choose";
import type { BackendName, Loader } from "../../lib/backend/loader";
import { tf } from "../../lib/backend/tf";

const works = (name: BackendName, why: string[] = []): Loader => ({
  name,
  load: async () => ({ device: "cpu", version: `${name} 1`, why }),
});
const fails = (name: BackendName, why: string): Loader => ({ name, load: () => Promise.reject(new Error(why)) });
const right = async () => undefined;
const message = (failing: Promise<unknown>) =>
  failing.then(
    () => "nothing was thrown",
    (error: Error) => error.message,
  );

test("auto takes the first that loads and says why not a faster one", async () => {
  const backend = await choose(
    [fails("native", "its addon has not been built. Build it"), works("wasm"), works("cpu")],
    "auto",
    right,
  );
  assert.equal(backend, {
    name: "wasm",
    device: "cpu",
    version: "wasm 1",
    why: ["native: its addon has not been built. Build it."],
  });
});

test("what a backend lacks is told beside what it replaces", async () => {
  const backend = await choose([fails("native", "no addon"), works("wasm", ["wasm: no fast product."])], "auto", right);
  assert.equal(backend.why, ["native: no addon.", "wasm: no fast product."]);
});

test("auto never takes webgpu; asking for it does", async () => {
  const loaders = [works("webgpu"), works("cpu")];
  assert.is((await choose(loaders, "auto", right)).name, "cpu");
  assert.is((await choose(loaders, "webgpu", right)).name, "webgpu");
});

test("a backend that multiplies wrongly is passed over", async () => {
  let calls = 0;
  const wrongOnce = async () => {
    if (calls++ === 0) throw new Error("it computes wrongly");
  };
  const backend = await choose([works("native"), works("wasm")], "auto", wrongOnce);
  assert.is(backend.name, "wasm");
  assert.equal(backend.why, ["native: it computes wrongly."]);
});

test("a backend asked for by name fails with the reason, whatever else would work", async () => {
  assert.is(
    await message(choose([fails("native", "no addon"), works("cpu")], "native", right)),
    "Backend native: no addon.",
  );
});

test("an unknown name is told the known ones, and when nothing works every reason is told", async () => {
  assert.match(
    await message(choose([works("cpu")], "cuda", right)),
    /no backend "cuda"\. Ask for auto, native, webgpu, wasm, cpu/,
  );
  assert.is(
    await message(choose([fails("wasm", "a"), fails("cpu", "b")], "auto", right)),
    "No backend works. wasm: a. cpu: b.",
  );
});

test("the first choice stays until another is named, and a choice that fails changes nothing", async () => {
  const [first, second] = await Promise.all([useBackend("cpu"), useBackend()]);
  assert.is(first, second);
  assert.is((await useBackend("wasm")).name, "wasm");
  assert.match(await message(useBackend("webgpu")), /Backend webgpu: .*npm install webgpu/);
  assert.is((await useBackend()).name, "wasm");
  assert.is(tf.getBackend(), "wasm");
});

test("DEEPRETRIEVAL_BACKEND decides for auto when nothing is chosen yet", () => {
  const script = 'require("./lib/backend/choose").useBackend().then((backend) => console.log(backend.name))';
  const env = { ...process.env, DEEPRETRIEVAL_BACKEND: "cpu" };
  assert.is(execFileSync(process.execPath, ["-r", "tsx/cjs", "-e", script], { encoding: "utf8", env }), "cpu\n");
});

test.run();
