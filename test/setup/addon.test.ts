import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addonKey, checkTools, gyp, nodeHeaders } from "../../lib/setup/native/addon";

let folder = "";
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "set-up-"));
  mkdirSync(join(folder, "binding"));
  writeFileSync(join(folder, "binding/tfjs_binding.cc"), "int main();");
});
test.after.each(() => rmSync(folder, { recursive: true }));

test("the addon's key changes with its source and with the library it is tied to", () => {
  const first = addonKey(folder, "/cache/tensorflow-cpu-2.21.0");
  assert.is(addonKey(folder, "/cache/tensorflow-cpu-2.21.0"), first);
  assert.is.not(addonKey(folder, "/cache/tensorflow-cpu-2.22.0"), first);
  assert.is.not(addonKey(folder, "/elsewhere/tensorflow-cpu-2.21.0"), first);
  writeFileSync(join(folder, "binding/tfjs_binding.cc"), "int main(void);");
  assert.is.not(addonKey(folder, "/cache/tensorflow-cpu-2.21.0"), first);
});

test("a missing compiler is named, with what else is missing", () => {
  assert.throws(
    () => checkTools({ PATH: folder }),
    /missing \(a C\+\+ compiler \(g\+\+ or clang\+\+\), make, Python 3\)/,
  );
  for (const tool of ["g++", "python3"]) writeFileSync(join(folder, tool), "");
  assert.throws(() => checkTools({ PATH: folder }), /missing \(make\)/);
});

test("node's headers are looked for beside its binary, then where npm is told they are", () => {
  mkdirSync(join(folder, "include/node"), { recursive: true });
  writeFileSync(join(folder, "include/node/node_api.h"), "");
  assert.is(nodeHeaders({ execPath: join(folder, "bin/node"), env: {} }), folder);
  assert.is(nodeHeaders({ execPath: "/nowhere/bin/node", env: { npm_config_nodedir: folder } }), folder);
  assert.is(nodeHeaders({ execPath: "/nowhere/bin/node", env: {} }), undefined);
});

test(
  "our own operations are compiled with the package's files, which do without them where a compiler refuses " + "them",
  () => {
    const [target] = gyp({ libraries: [] }, "/cache/tensorflow").targets;
    assert.equal(target.sources.slice(0, 2), ["binding/tfjs_backend.cc", "binding/tfjs_binding.cc"]);
    for (const name of ["cuda/device/emulation.cc", "cuda/layers/layers-ops.cc", "native-cpu/training/training-ops.cc"])
      assert.ok(target.sources.includes(`operations/${name}`), name);
    assert.not(
      target.sources.some((name) => /\.(cu|h)$/.test(name)),
      "no header is compiled by itself",
    );
    assert.equal(target.include_dirs.slice(0, 2), ["operations/native-cpu", "operations/cuda"]);
    assert.not(target.defines.includes("DEEPRETRIEVAL_CUDA"));
    assert.ok(
      gyp({ libraries: [], cuda: true }, "/cache/tensorflow").targets[0]!.defines.includes("DEEPRETRIEVAL_CUDA"),
    );
    assert.equal(gyp({ libraries: [] }, "/cache/tensorflow", false).targets[0]!.sources, [
      "binding/tfjs_backend.cc",
      "binding/tfjs_binding.cc",
    ]);
  },
);

test("the library's path is quoted for the shell that links", () => {
  const [target] = gyp({ libraries: ["libtensorflow_cc.so.2"] }, "/home/ada's cache/tensorflow").targets;
  assert.is(target.conditions[0][1].libraries![0], "-Wl,-rpath,'/home/ada'\\''s cache/tensorflow'");
  assert.equal(target.libraries, ["<(module_root_dir)/tensorflow/libtensorflow_cc.so.2"]);
});

test.run();
