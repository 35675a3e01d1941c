// Which TensorFlow fits which machine: the table behind step 3.
//
// TensorFlow publishes no C library for current processors and CUDA versions, but every Python wheel holds one.
// Wheels are asked for by a fixed Python tag and platform, so the machine's own Python version does not matter;
// nothing in them is run by Python. The hashes are those pip reports (`pip install --dry-run --report`), and pip
// and we refuse a file with another one.
"use strict";

const { fingerprint } = require("../fingerprint");

const version = "2.21.0";
const linux = { libraries: ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] };

/** What pip must be told to find a wheel that was made for a given Python on a given platform. */
const tags = (...platforms) => [
  ..."--python-version 3.12 --implementation cp --abi cp312 --abi abi3 --abi none".split(" "),
  ...platforms.flatMap((platform) => ["--platform", platform]),
];

const libraries = {
  "linux-x64": {
    name: `tensorflow-cpu-${version}-linux-x64`,
    ...linux,
    tags: tags("manylinux_2_27_x86_64"),
    wheels: [
      {
        requirement: `tensorflow-cpu==${version}`,
        bytes: 274000871,
        sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
      },
    ],
  },
  "linux-arm64": {
    name: `tensorflow-cpu-${version}-linux-arm64`, // the plain package has no CUDA on this processor
    ...linux,
    tags: tags("manylinux_2_27_aarch64"),
    wheels: [
      {
        requirement: `tensorflow==${version}`,
        bytes: 281946471,
        sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
      },
    ],
  },
  "darwin-arm64": {
    name: `tensorflow-cpu-${version}-darwin-arm64`,
    libraries: ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"],
    tags: tags("macosx_12_0_arm64"),
    wheels: [
      {
        requirement: `tensorflow==${version}`,
        bytes: 223488205,
        sha256: "56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
      },
    ],
  },
  "linux-x64-cuda": {
    name: `tensorflow-cuda-${version}-linux-x64`,
    ...linux,
    tags: tags(
      "manylinux_2_27_x86_64",
      "manylinux_2_17_x86_64",
      "manylinux2014_x86_64",
      "manylinux_2_12_x86_64",
      "manylinux2010_x86_64",
    ),
    wheels: [
      {
        requirement: `tensorflow==${version}`,
        bytes: 572611111,
        sha256: "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
      },
      {
        requirement: "nvidia-cuda-runtime-cu12==12.9.79",
        bytes: 3493179,
        sha256: "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
      },
      {
        requirement: "nvidia-curand-cu12==10.3.10.19",
        bytes: 68295626,
        sha256: "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
      },
      {
        requirement: "nvidia-cuda-cupti-cu12==12.8.90",
        bytes: 10248621,
        sha256: "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
      },
      {
        requirement: "nvidia-cublas-cu12==12.9.3.13",
        bytes: 581217458,
        sha256: "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
      },
      {
        requirement: "nvidia-cusolver-cu12==11.7.5.82",
        bytes: 338117415,
        sha256: "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
      },
      {
        requirement: "nvidia-cusparse-cu12==12.5.10.65",
        bytes: 366465088,
        sha256: "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
      },
      {
        requirement: "nvidia-cuda-nvrtc-cu12==12.9.86",
        bytes: 89568129,
        sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
      },
      {
        requirement: "nvidia-cuda-nvcc-cu12==12.9.86",
        bytes: 40546229,
        sha256: "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
      },
      {
        requirement: "nvidia-nccl-cu12==2.32.3",
        bytes: 351526311,
        sha256: "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c",
      },
      {
        requirement: "nvidia-nvjitlink-cu12==12.9.86",
        bytes: 39748338,
        sha256: "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
      },
      {
        requirement: "nvidia-cudnn-cu12==9.28.0.42",
        bytes: 716538495,
        sha256: "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
      },
      {
        requirement: "nvidia-cufft-cu12==11.4.1.4",
        bytes: 200877592,
        sha256: "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
      },
    ],
  },
};

/** Header folders of the wheel that the addon's sources include: 4 MB of 290. Google Highway is for our kernels. */
const headers = [
  "tensorflow/c/",
  "tensorflow/core/platform/ctstring",
  "tsl/platform/ctstring",
  "xla/tsl/c/",
  "external/com_google_highway/hwy/",
];

/**
 * Ends a library's name in the cache. It changes with the list of headers, so that a folder with fewer is not taken for
 * it.
 */
const revision = fingerprint(...headers).slice(0, 6);

/**
 * The libraries that can run on a machine, the fastest first; none where no wheel is known to work.
 * @param {{ platform: string, arch: string, cuda: boolean, musl?: boolean }} machine `cuda`: an NVIDIA driver was
 *   found; `musl`: the C library is not glibc, for which the wheels are made
 */
function librariesFor({ platform, arch, cuda, musl = false }) {
  if (musl) return [];
  const names = [cuda && `${platform}-${arch}-cuda`, `${platform}-${arch}`];
  return names
    .map((name) => libraries[name])
    .filter(Boolean)
    .map((library) => ({ ...library, name: `${library.name}-${revision}` }));
}

/** The beginnings of the paths to keep of a wheel: the two libraries, the headers, and NVIDIA's libraries whole. */
function keptPaths({ libraries }) {
  return [
    ...libraries.map((name) => `tensorflow/${name}`),
    ...headers.map((name) => `tensorflow/include/${name}`),
    "nvidia/",
  ];
}

module.exports = { version, revision, librariesFor, keptPaths };
