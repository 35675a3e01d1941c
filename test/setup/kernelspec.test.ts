import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installKernelspec, jupyterData, removeKernelspec } from "../../lib/setup/kernelspec";

let root = "";
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), "set-up-"));
  mkdirSync(join(root, "kernels/deepretrieval"), { recursive: true });
  const spec = {
    argv: ["node", "{resource_dir}/launch.js", "{connection_file}"],
    display_name: "DeepRetrieval",
    language: "typescript",
  };
  writeFileSync(join(root, "kernels/deepretrieval/kernel.json"), JSON.stringify(spec));
  writeFileSync(join(root, "kernels/deepretrieval/logo-64x64.png"), "png");
  writeFileSync(join(root, "kernels/deepretrieval/launch.js"), "");
});
test.after.each(() => rmSync(root, { recursive: true }));

test("the installed kernelspec starts this node with this clone's launcher, and has the logo", async () => {
  const data = join(root, "jupyter");
  await installKernelspec(root, { env: {}, data, execPath: "/opt/node/bin/node" });
  const target = join(data, "kernels/deepretrieval");
  const spec = JSON.parse(readFileSync(join(target, "kernel.json"), "utf8"));
  assert.equal(spec.argv, ["/opt/node/bin/node", join(root, "kernels/deepretrieval/launch.js"), "{connection_file}"]);
  assert.is(spec.display_name, "DeepRetrieval");
  assert.equal(readdirSync(target).sort(), ["kernel.json", "logo-64x64.png"]);
});

test("it is written only when it changed", async () => {
  const options = { env: {}, data: join(root, "jupyter") };
  const file = join(options.data, "kernels/deepretrieval/kernel.json");
  assert.is(await installKernelspec(root, options), join(options.data, "kernels/deepretrieval"));
  const before = statSync(file).ino;
  assert.is(await installKernelspec(root, options), undefined);
  assert.is(statSync(file).ino, before);
  assert.ok(await installKernelspec(root, { ...options, execPath: "/another/node" }));
});

test("a folder that cannot be written is no failure, and `off` writes nothing", async () => {
  writeFileSync(join(root, "file"), "");
  assert.is(await installKernelspec(root, { env: {}, data: join(root, "file") }), "");
  assert.is(
    await installKernelspec(root, { env: { DEEPRETRIEVAL_KERNELSPEC: "off" }, data: join(root, "jupyter") }),
    undefined,
  );
  assert.not(existsSync(join(root, "jupyter")));
});

test("another kernel of that name is neither replaced nor removed, and files beside ours stay", async () => {
  const options = { env: {}, data: join(root, "jupyter") };
  const target = join(options.data, "kernels/deepretrieval");
  mkdirSync(target, { recursive: true });
  const python = JSON.stringify({ argv: ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"] });
  writeFileSync(join(target, "kernel.json"), python);
  assert.is(await installKernelspec(root, options), "");
  assert.throws(() => removeKernelspec(target), /holds another kernel of that name/);
  assert.is(readFileSync(join(target, "kernel.json"), "utf8"), python);
  rmSync(join(target, "kernel.json"));
  writeFileSync(join(target, "notes.txt"), "mine");
  assert.ok(await installKernelspec(root, options));
  assert.ok(removeKernelspec(target));
  assert.equal(readdirSync(target), ["notes.txt"]);
});

test("Jupyter's data folder is where Jupyter looks", () => {
  assert.is(jupyterData({}, "linux", "/home/ada"), "/home/ada/.local/share/jupyter");
  assert.is(jupyterData({ XDG_DATA_HOME: "/data" }, "linux", "/home/ada"), "/data/jupyter");
  assert.is(jupyterData({}, "darwin", "/Users/ada"), "/Users/ada/Library/Jupyter");
  assert.is(jupyterData({ JUPYTER_DATA_DIR: "/j" }, "darwin", "/Users/ada"), "/j");
});

test.run();
