// What can keep native TensorFlow from a machine: the table of the lines that say so. None of them stops set-up.
"use strict";

const pipHow = "install Python 3 with pip (Debian, Ubuntu: apt install python3-pip; macOS: xcode-select --install)";
const compilerHow =
  "install a C++ compiler, make and Python 3 (Debian, Ubuntu: apt install build-essential python3; macOS: " +
  "xcode-select --install)";

/** Kind → what is missing, given a detail, and how to get it. */
const shortfalls = {
  off: { what: () => "DEEPRETRIEVAL_NATIVE=off asks for none", how: "unset the variable" },
  setting: {
    what: (value) => `DEEPRETRIEVAL_NATIVE is ${value}, which is none of cuda, cpu and off`,
    how: "set it to one of these, or unset it",
  },
  noDriver: {
    what: () => "no NVIDIA driver was found",
    how: "install NVIDIA's driver, or give the container its GPUs",
  },
  cudaPlatform: {
    what: (machine) => `there is no library with CUDA for ${machine}`,
    how: "use Linux with glibc on x64",
  },
  library: {
    what: (detail) => `a library of NVIDIA's driver does not open (${detail})`,
    how:
      "install the driver, or give the container its libraries (NVIDIA_DRIVER_CAPABILITIES=compute,utility); " +
      "under WSL, LD_LIBRARY_PATH=/usr/lib/wsl/lib",
  },
  driverFails: {
    what: (detail) => `NVIDIA's driver does not start (${detail})`,
    how: "see what nvidia-smi says, and restart the machine if the driver was updated",
  },
  noCard: {
    what: (detail) => `NVIDIA's driver finds no card (${detail})`,
    how: "see what nvidia-smi -L lists, and give a container its GPUs (docker run --gpus all)",
  },
  hidden: {
    what: (detail) => `CUDA_VISIBLE_DEVICES is ${detail}`,
    how: "name a card that nvidia-smi -L lists, or unset it",
  },
  unseen: {
    what: (detail) => `TensorFlow finds no card (${detail})`,
    how: "see what nvidia-smi says",
  },
  driver: {
    what: (detail) => `NVIDIA's driver is too old (${detail})`,
    how: "update the driver",
  },
  card: {
    what: (detail) => `the card is too old (${detail})`,
    how: "use a newer card",
  },
  space: {
    what: (detail) => `the disk of the cache has too little room (${detail})`,
    how: "free some, or set DEEPRETRIEVAL_CACHE to a folder on another disk",
  },
  platform: {
    what: (machine) => `there is no library for ${machine}`,
    how: "use Linux with glibc on x64 or arm64, or macOS on arm64",
  },
  package: {
    what: () => "the package @tensorflow/tfjs-node-gpu is not in node_modules",
    how: "run npm ci --ignore-scripts",
  },
  pip: { what: (detail) => `pip was not found${detail && ` (${detail})`}`, how: pipHow },
  compiler: { what: (tools) => `what compiles its addon is missing (${tools})`, how: compilerHow },
  nodeGyp: {
    what: () => "node-gyp, which comes with npm, was not found",
    how: "install Node with its own npm from nodejs.org",
  },
  wheel: {
    what: (detail) => `pip could not download TensorFlow (${detail})`,
    how: "check the network and pip's index setting",
  },
  hash: {
    what: (detail) => `the download is not the file it should be (${detail})`,
    how: "check the index that pip is set to use",
  },
  headers: {
    what: () => "Node's headers (node_api.h) were not found beside node and could not be fetched",
    how: "install Node from nodejs.org, or its headers (Debian, Ubuntu: apt install libnode-dev)",
  },
  build: { what: (detail) => `the addon did not compile (${detail})`, how: "see the log that this line names" },
  check: {
    what: (detail) => `the addon was built but does not work here (${detail})`,
    how: "report it with this line",
  },
  cache: {
    what: (detail) => `the cache folder cannot be written (${detail})`,
    how: "set DEEPRETRIEVAL_CACHE to a folder that can",
  },
};

/** Native TensorFlow is not to be had on this machine, for the reason `kind` of the table. */
class Shortfall extends Error {
  name = "Shortfall";
  /**
   * @param {keyof typeof shortfalls} kind
   * @param {string} [detail]
   * @param {{ remembered?: string }} [options]
   */
  constructor(kind, detail = "", { remembered = "" } = {}) {
    const what = shortfalls[kind].what([detail, remembered].filter(Boolean).join("; "));
    super(what.includes(remembered) ? what : `${what}; ${remembered}`); // some lines have no place for a detail
    this.kind = kind;
    this.detail = detail;
    this.remembered = remembered; // "59 min ago, …" of one that an earlier set-up found out
  }
}

/**
 * `native TensorFlow: none, as pip was not found. Training runs on wasm, about 8 times slower. To get it …`
 * @param {Shortfall} shortfall
 */
function shortfallLine({ kind, message }) {
  const loss = kind === "off" ? "Training runs on wasm." : "Training runs on wasm, about 8 times slower.";
  return `set-up  native TensorFlow: none, as ${message}. ${loss} To get it, ${shortfalls[kind].how}.`;
}

/**
 * What to do about a Shortfall.
 * @param {Shortfall} shortfall
 */
const adviceOf = ({ kind }) => shortfalls[kind].how;

/**
 * The same where the processor takes the card's place.
 * @param {Shortfall} shortfall
 */
const cardLine = ({ kind, message }) =>
  `set-up  native TensorFlow on the card: none, as ${message}. The processor computes instead. ` +
  `To use the card, ${shortfalls[kind].how}.`;

module.exports = { Shortfall, shortfallLine, cardLine, adviceOf, shortfalls };
