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

/**
 * Libraries that TensorFlow opens by name when it starts, and refuses the card without. This project calls none of
 * their functions, so that empty ones do: 2.1 GB less to download.
 */
const emptyLibraries = [
  "nvidia/cufft/lib/libcufft.so.11",
  "nvidia/cusolver/lib/libcusolver.so.11",
  "nvidia/cusparse/lib/libcusparse.so.12",
  "nvidia/cudnn/lib/libcudnn.so.9",
];

/** What TensorFlow and our operations open of NVIDIA's wheels. */
const nvidiaLibraries = [
  "nvidia/cuda_runtime/lib/libcudart.so.12",
  "nvidia/cublas/lib/libcublas.so.12",
  "nvidia/cublas/lib/libcublasLt.so.12",
  "nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
  "nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.9",
];

/** Header folders for lib/backend/cuda/device/context.cc, which asks an operation's context for CUDA's stream. */
const cppHeaders = [
  "Eigen/",
  "absl/",
  "google/protobuf/",
  "ml_dtypes/",
  "tensorflow/core/",
  "tsl/platform/",
  "unsupported/Eigen/",
  "xla/",
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
    cuda: true,
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
        requirement: "nvidia-cublas-cu12==12.9.3.13",
        bytes: 581217458,
        sha256: "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
      },
      {
        requirement: "nvidia-cuda-nvrtc-cu12==12.9.86",
        bytes: 89568129,
        sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
      },
    ],
    pieces: nvidiaLibraries,
    empty: emptyLibraries,
    headers: cppHeaders,
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

const revisionOf = ({ headers: further = [], empty = [] }) =>
  further.length + empty.length === 0 ? revision : fingerprint(...headers, ...further, ...empty).slice(0, 6);

/**
 * @typedef {object} Library TensorFlow for one kind of machine, as its wheels hold it
 * @property {string} name of its folder in the cache
 * @property {string[]} libraries
 * @property {string[]} tags what pip must be told to find its wheels
 * @property {{ requirement: string, bytes: number, sha256: string }[]} wheels
 * @property {boolean} [cuda]
 * @property {string[]} [pieces] libraries of NVIDIA's wheels that are opened
 * @property {string[]} [empty] libraries that empty ones stand for
 * @property {string[]} [headers] further folders of headers
 */

/**
 * The libraries that can run on a machine, the fastest first; none where no wheel is known to work.
 * @param {{ platform: string, arch: string, cuda: boolean, musl?: boolean }} machine `cuda`: an NVIDIA driver was
 *   found; `musl`: the C library is not glibc, for which the wheels are made
 * @returns {Library[]}
 */
function librariesFor({ platform, arch, cuda, musl = false }) {
  if (musl) return [];
  const names = [cuda && `${platform}-${arch}-cuda`, `${platform}-${arch}`];
  return names
    .map((name) => libraries[name])
    .filter(Boolean)
    .map((library) => ({ ...library, name: `${library.name}-${revisionOf(library)}` }));
}

/**
 * The beginnings of the paths to keep of a wheel: the two libraries, the headers, and NVIDIA's libraries whole.
 * @param {Pick<Library, "libraries" | "headers">} library
 */
function keptPaths({ libraries, headers: further = [] }) {
  return [
    ...libraries.map((name) => `tensorflow/${name}`),
    ...[...headers, ...further].map((name) => `tensorflow/include/${name}`),
    "nvidia/",
  ];
}

/**
 * The shared libraries that a library's folder must have to work.
 * @param {Pick<Library, "libraries" | "pieces" | "empty">} library
 */
const sharedLibraries = ({ libraries, pieces = [], empty = [] }) => [
  ...libraries.map((name) => `tensorflow/${name}`),
  ...pieces,
  ...empty,
];

module.exports = { version, sharedLibraries, revision, librariesFor, keptPaths };
