import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { checkWidth, holdOneDnnTo, wantedWidth } from "../../../lib/backend/native-cpu/vectors/vector-width";
import { widestVectors } from "../../../lib/setup/native/machine";
import { kernelsInWords } from "../../../lib/setup/native/native";
import { skip } from "../../skip";

test("DEEPRETRIEVAL_SIMD is one of four names, or unset", () => {
  assert.is(wantedWidth({}), undefined);
  assert.is(wantedWidth({ DEEPRETRIEVAL_SIMD: "" }), undefined);
  assert.is(wantedWidth({ DEEPRETRIEVAL_SIMD: "avx2" }), "avx2");
  for (const bad of ["avx1024", "AVX2", "256", " avx2"])
    assert.throws(
      () => wantedWidth({ DEEPRETRIEVAL_SIMD: bad }),
      (error: Error) =>
        error.message.includes(JSON.stringify(bad)) && error.message.includes("avx512, avx2, sse4, neon"),
    );
});

test("a width that the processor lacks is refused with the list of those it has", () => {
  const widths = { compiled: ["avx512", "avx2", "sse4"], here: ["avx2", "sse4"], inUse: "avx2" } as const;
  checkWidth(undefined, widths);
  checkWidth("sse4", widths);
  assert.throws(() => checkWidth("avx512", widths), /DEEPRETRIEVAL_SIMD is avx512, but .* has avx2, sse4/);
  assert.throws(() => checkWidth("avx2", { compiled: [], here: [], inUse: undefined }), /no kernels of ours/);
});

test("oneDNN is held to the same width, unless its own variable is set", () => {
  const env: NodeJS.ProcessEnv = {};
  holdOneDnnTo("avx512", env);
  assert.equal(env, {});
  holdOneDnnTo("avx2", env);
  holdOneDnnTo("sse4", env);
  assert.equal(env, { ONEDNN_MAX_CPU_ISA: "AVX2" });
});

test("the processor's widest vectors are read from its flags", () => {
  const flags = (text: string) => ({ arch: "x64", cpuinfo: `processor\t: 0\nflags\t\t: fpu ${text}\n` });
  assert.is(widestVectors(flags("sse4_2 avx2 fma bmi2 avx512f avx512bw avx512cd avx512dq avx512vl")), "avx512");
  assert.is(widestVectors(flags("sse4_2 avx2 fma bmi2 avx512f")), "avx2"); // a Xeon Phi's AVX-512 has not all parts
  assert.is(widestVectors(flags("sse4_2 avx")), "sse4");
  assert.is(widestVectors({ arch: "arm64", cpuinfo: "" }), "neon");
});

test("set-up says which width is compiled and used, and which is lost where the compiler refused our kernels", () => {
  const rows = [
    [512, 0, 0],
    [256, 1, 1],
    [128, 1, 0],
  ];
  if (process.arch === "x64") assert.match(kernelsInWords(rows, false), /^avx2 vectors \(compiled: avx512, avx2, sse4/);
  assert.match(
    kernelsInWords([], "/cache/operations.log"),
    /refused our kernels \(\w+ vectors are not used\): \/cache\/operations\.log/,
  );
});

test("an unknown width is refused when a backend is first used, whichever works otherwise", async () => {
  if (
    await useBackend("native").then(
      () => false,
      () => true,
    )
  )
    return skip("native TensorFlow is not here");
  const script =
    `require("./lib/backend/choose").useBackend().then(console.log, (e) => { console.log(e.message); ` +
    "process.exitCode = 3; })";
  const env = { ...process.env, DEEPRETRIEVAL_SIMD: "mmx", DEEPRETRIEVAL_BACKEND: "" };
  const { status, stdout } = spawnSync(process.execPath, ["--require", "tsx/cjs", "-e", script], {
    encoding: "utf8",
    env,
  });
  assert.is(status, 3);
  assert.match(stdout, /DEEPRETRIEVAL_SIMD is "mmx"/);
});

test.run();
