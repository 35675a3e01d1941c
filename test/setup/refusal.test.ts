import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { circumstances } from "../../lib/setup/native/circumstances";
import { forget, refuseAgain, remember } from "../../lib/setup/native/refusal";
import { Shortfall } from "../../lib/setup/native/shortfall";

const library = { name: "tensorflow-cpu-9" };
const minutes = (n: number) => n * 60_000;
let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "set-up-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

test("a failed download is not tried again for an hour", () => {
  remember(folder, library, new Shortfall("wheel", "no network"), 0);
  assert.throws(() => refuseAgain(folder, library, minutes(59)), /no network; 59 min ago, .*--retry/);
  refuseAgain(folder, library, minutes(61)); // does not throw
});

test("what is found out in milliseconds is not remembered, and --retry forgets the rest", () => {
  remember(folder, library, new Shortfall("compiler", "make"), 0);
  refuseAgain(folder, library, 0);
  remember(folder, library, new Shortfall("build", "error"), 0);
  forget(folder, library);
  refuseAgain(folder, library, 0);
});

test("a note that was cut off, that another version wrote, or that comes from the future is no reason to wait", () => {
  const file = join(folder, `${library.name}.refused-any.json`);
  const late = JSON.stringify({ kind: "check", detail: "", at: minutes(60) });
  for (const text of ["", '{"kind":"chec', "null", '{"kind":"gone","detail":"","at":0}', late]) {
    writeFileSync(file, text);
    refuseAgain(folder, library, minutes(1)); // does not throw
  }
  remember(folder, library, new Shortfall("unseen", "no CUDA"), 0);
  assert.throws(() => refuseAgain(folder, library, minutes(1)), /TensorFlow finds no card \(no CUDA; 1 min ago/);
});

test("what failed in other circumstances is tried at once, and --retry is named whatever failed", () => {
  const [here, there] = [
    { ...library, circumstances: "a" },
    { ...library, circumstances: "b" },
  ];
  remember(folder, here, new Shortfall("headers"), 0);
  refuseAgain(folder, there, minutes(1)); // does not throw
  assert.throws(
    () => refuseAgain(folder, here, minutes(1)),
    /Node's headers .*; 1 min ago, .*node lib\/setup\/main\.js --retry/,
  );
  remember(folder, there, new Shortfall("check", "no AVX"), 0);
  forget(folder, library);
  for (const one of [here, there]) refuseAgain(folder, one, 0);
});

test("circumstances are those of Node, its headers, the compiler, the package and the library", () => {
  const packageFolder = join(folder, "package");
  mkdirSync(join(packageFolder, "binding"), { recursive: true });
  writeFileSync(join(packageFolder, "package.json"), '{"version":"4.22.0"}');
  const [mine, env] = [
    { name: "tensorflow-cpu-9", wheels: [{ sha256: "1" }] },
    { PATH: "/usr/bin" } as NodeJS.ProcessEnv,
  ];
  const says = (tool: string): string => `${tool} 12`;
  const known = { env, execPath: join(folder, "bin/node"), says };
  const name = (options: object = {}, of: object = mine): string =>
    circumstances(packageFolder, of, "/cache/lib", { ...known, ...options });
  const first = name();
  assert.is(name(), first); // another clone in the same circumstances
  const changed: readonly [what: string, of: () => string][] = [
    ["the compiler", () => name({ says: (tool: string) => `${tool} 13` })],
    ["another compiler by CXX", () => name({ env: { ...env, CXX: "clang++" } })],
    ["flags", () => name({ env: { ...env, CXXFLAGS: "-O0" } })],
    ["a proxy", () => name({ env: { ...env, https_proxy: "http://x" } })],
    ["Node", () => name({ execPath: join(folder, "other/node") })],
    ["the wheels", () => name({}, { ...mine, wheels: [{ sha256: "2" }] })],
    ["the package", () => (writeFileSync(join(packageFolder, "package.json"), '{"version":"4.23.0"}'), name())],
    [
      "headers that were installed",
      () => (
        mkdirSync(join(folder, "include/node"), { recursive: true }),
        writeFileSync(join(folder, "include/node/node_api.h"), ""),
        writeFileSync(join(folder, "include/node/node_version.h"), "20"),
        name()
      ),
    ],
  ];
  const seen = new Set([first]);
  for (const [what, of] of changed) {
    const now = of();
    assert.not(seen.has(now), what);
    seen.add(now);
  }
});

test.run();
