import { test } from "uvu";
import * as assert from "uvu/assert";
import { keptPaths, librariesFor, revision, version } from "../../lib/setup/native/wheels";

const names = (platform: string, arch: string, cuda = false, musl = false) =>
  librariesFor({ platform, arch, cuda, musl }).map(({ name }) => name);
const withCuda = librariesFor({ platform: "linux", arch: "x64", cuda: true })[0]!;

test("each supported machine gets its library, the CUDA one first where there is a driver", () => {
  assert.equal(names("linux", "x64"), [`tensorflow-cpu-${version}-linux-x64-${revision}`]);
  assert.equal(names("linux", "x64", true), [
    `tensorflow-cuda-${version}-linux-x64-${withCuda.name.slice(-6)}`,
    `tensorflow-cpu-${version}-linux-x64-${revision}`,
  ]);
  assert.equal(names("linux", "arm64", true), [`tensorflow-cpu-${version}-linux-arm64-${revision}`]);
  assert.equal(names("darwin", "arm64"), [`tensorflow-cpu-${version}-darwin-arm64-${revision}`]);
});

test("other machines get none", () => {
  for (const [platform, arch] of [
    ["darwin", "x64"],
    ["win32", "x64"],
    ["linux", "riscv64"],
  ] as const)
    assert.equal(names(platform, arch), []);
  assert.equal(names("linux", "x64", false, true), []); // musl: the wheels are made for glibc
});

test("every wheel is pinned to one version and one hash, and asked for whatever the machine's own Python is", () => {
  const machines = [
    ["linux", "x64", true],
    ["linux", "arm64", false],
    ["darwin", "arm64", false],
  ] as const;
  for (const library of machines.flatMap(([platform, arch, cuda]) => librariesFor({ platform, arch, cuda }))) {
    assert.match(
      library.tags.join(" "),
      /--python-version 3\.12 --implementation cp --abi cp312 .*--platform (manylinux|macosx)_/,
    );
    for (const { requirement, bytes, sha256 } of library.wheels) {
      assert.match(requirement, /^[a-z0-9-]+==\d+(\.\d+)+$/);
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.ok(bytes > 1e6, requirement);
    }
  }
});

test("CUDA takes cudart, cuBLAS and NVRTC besides TensorFlow: 1.25 GB; empty libraries stand for the others", () => {
  const names = withCuda.wheels.map(({ requirement }) => requirement.split("==")[0]);
  assert.equal(names, ["tensorflow", "nvidia-cuda-runtime-cu12", "nvidia-cublas-cu12", "nvidia-cuda-nvrtc-cu12"]);
  const bytes = withCuda.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0);
  assert.ok(bytes < 1.25e9, `${bytes}`);
  assert.equal(
    withCuda.empty!.map((file) => file.split("/").at(-1)),
    ["libcufft.so.11", "libcusolver.so.11", "libcusparse.so.12", "libcudnn.so.9"],
  );
});

test("of a wheel the two libraries, the headers of the C API and NVIDIA's libraries are kept", () => {
  const kept = keptPaths(librariesFor({ platform: "linux", arch: "x64", cuda: false })[0]!);
  const keeps = (name: string) => kept.some((beginning) => name.startsWith(beginning));
  for (const name of [
    "tensorflow/libtensorflow_cc.so.2",
    "tensorflow/include/tensorflow/c/eager/c_api.h",
    "nvidia/cudnn/lib/libcudnn.so.9",
  ])
    assert.ok(keeps(name), name);
  for (const name of ["tensorflow/python/__init__.py", "tensorflow/include/Eigen/Core", "tensorflow/lite/x.so"])
    assert.not(keeps(name), name);
});

test.run();
