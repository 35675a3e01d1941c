// The addon of @tensorflow/tfjs-node-gpu: two C++ files, and the operations that TensorFlow lacks, of
// lib/backend/native-cpu and lib/backend/cuda, compiled against the library in the cache.
//
// The package's own binding.gyp looks for TensorFlow 2.9 in a folder of the package; ours names the library in
// the cache by its absolute path and stores that path in the addon (rpath), so nothing is copied or linked and
// TensorFlow finds NVIDIA's libraries beside itself.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { changeBinding, changes } = require("./binding-changes");
const { cached } = require("./cache");
const { run } = require("../command");
const { fingerprint, folderFingerprint, filesBelow } = require("../fingerprint");
const { kernelSources } = require("./kernel-sources");
const { findNodeGyp, onPath } = require("../npm");
const { tail } = require("../report");
const { temporary, discard, place, scratchBeside } = require("../scratch");
const { Shortfall } = require("./shortfall");

const napi = 8; // the highest Node-API version of the package; Node 20 and all later have it
const placeInPackage = `lib/napi-v${napi}/tfjs_binding.node`; // where the package looks for it

const nativeFolder = path.join(__dirname, "../../backend");

/** Our own operations: the files to compile and what these include, as paths from lib/backend. */
const operations = ["cuda", "native-cpu"].flatMap((room) =>
  filesBelow(path.join(nativeFolder, room))
    .filter((name) => /\.(cc|h|cu)$/.test(name))
    .map((name) => `${room}/${name}`),
);

/** What TensorFlow's kernels.h includes for a definition that only phones need; no more of it is unpacked. */
const emptyHeader = "tsl/platform/platform.h";

/**
 * Stands for all that goes into the addon. The library's folder does too: its path is inside.
 * @param {string} packageFolder
 * @param {string} libraryFolder
 */
function addonKey(packageFolder, libraryFolder) {
  const parts = [
    libraryFolder,
    process.platform,
    process.arch,
    String(napi),
    gyp.toString(),
    JSON.stringify(changes),
    kernelSources(nativeFolder),
    ...operations.flatMap((name) => [name, fs.readFileSync(path.join(nativeFolder, name), "utf8")]),
  ];
  return fingerprint(folderFingerprint(path.join(packageFolder, "binding")), ...parts);
}

/** Where the cache keeps the addon of that key. */
const addonFile = (cache, key) => path.join(cache, `addon-${key}`, "tfjs_binding.node");

/** The compiler's words, beside an addon that does without our operations because it refused them. */
const operationsLog = (addon) => path.join(path.dirname(addon), "operations.log");

/** The compiled addon in the cache, compiled if it is not there. Returns its path. */
function obtainAddon(packageFolder, library, libraryFolder, cache) {
  const target = addonFile(cache, addonKey(packageFolder, libraryFolder));
  return cached(target, () => compile(packageFolder, library, libraryFolder, target));
}

async function compile(packageFolder, library, libraryFolder, target) {
  const nodeGyp = checkTools();
  // make cannot work in a path with spaces
  const work = temporary(fs.mkdtempSync(path.join(os.tmpdir(), "deepretrieval-addon-")));
  try {
    fs.cpSync(path.join(packageFolder, "binding"), path.join(work, "binding"), { recursive: true });
    changeBinding(path.join(work, "binding"));
    fs.mkdirSync(path.join(work, "absent", path.dirname(emptyHeader)), { recursive: true });
    for (const name of operations) fs.cpSync(path.join(nativeFolder, name), path.join(work, "operations", name));
    fs.writeFileSync(path.join(work, "operations/cuda/kernel-sources.h"), kernelSources(nativeFolder));
    fs.writeFileSync(path.join(work, "absent", emptyHeader), "");
    fs.symlinkSync(path.join(libraryFolder, "tensorflow"), path.join(work, "tensorflow")); // nor link to one
    const headers = nodeHeaders();
    const args = [nodeGyp, "rebuild", "-j", String(os.cpus().length), ...(headers ? [`--nodedir=${headers}`] : [])];
    const build = (own) => {
      fs.writeFileSync(
        path.join(work, "binding.gyp"),
        JSON.stringify(gyp(library, path.join(libraryFolder, "tensorflow"), own)),
      );
      return run(process.execPath, args, { cwd: work, seconds: 600 });
    };
    const { code, output } = await build(true);
    // another compiler may refuse our operations
    if (code !== 0 && (await build(false)).code !== 0) throw buildShortfall(output, target);
    const made = scratchBeside(target);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    if (code !== 0) fs.writeFileSync(operationsLog(target), output);
    fs.copyFileSync(path.join(work, "build/Release/tfjs_binding.node"), made);
    place(made, target);
  } finally {
    discard(work);
  }
}

/**
 * @typedef {object} Settings
 * @property {string[]} [libraries]
 * @property {string[]} [cflags_cc]
 * @property {Record<string, string | string[]>} [xcode_settings]
 * @typedef {[when: string, then: Settings]} Condition
 * @typedef {object} Target what a binding.gyp says of one addon
 * @property {string} target_name
 * @property {string[]} sources
 * @property {string[]} include_dirs
 * @property {string[]} defines
 * @property {string[]} cflags_cc
 * @property {string[]} libraries
 * @property {[linux: Condition, x64: Condition, mac: Condition]} conditions
 */

/**
 * What node-gyp is to compile: the package's files and, unless `own` is false, our operations.
 * @param {{ libraries: readonly string[], cuda?: boolean }} library
 * @param {string} tensorflow the folder of the library's files
 * @param {boolean} [own]
 * @returns {{ targets: [Target] }}
 */
function gyp(library, tensorflow, own = true) {
  const quoted = (folder) => `-Wl,-rpath,'${folder.replaceAll("'", "'\\''")}'`;
  const nvidia = path.join(tensorflow, "../nvidia"); // whose libraries the operations of cuda open by name
  const folders = library.cuda ? ["cublas", "cuda_nvrtc"].map((name) => path.join(nvidia, name, "lib")) : [];
  const rpath = [tensorflow, ...folders].map(quoted).join(" ");
  const links = library.libraries.map((name) => `<(module_root_dir)/tensorflow/${name}`);
  return {
    targets: [
      {
        target_name: "tfjs_binding",
        sources: [
          "binding/tfjs_backend.cc",
          "binding/tfjs_binding.cc",
          ...(own ? operations.filter((name) => name.endsWith(".cc")).map((name) => `operations/${name}`) : []),
        ],
        include_dirs: [
          "operations/native-cpu",
          "operations/cuda",
          "tensorflow/include",
          "tensorflow/include/external/com_google_highway",
          "absent", // last, so that a library with all headers uses its own
        ],
        defines: [`NAPI_VERSION=${napi}`, "NDEBUG", ...(library.cuda ? ["DEEPRETRIEVAL_CUDA"] : [])],
        "cflags_cc!": ["-fno-exceptions"], // which node-gyp sets: the operations of cuda throw
        cflags_cc: ["-fno-math-errno"], // square roots of whole vectors
        libraries: links,
        conditions: [
          ["OS=='linux'", { libraries: [rpath] }],
          // what Highway's narrowest kernels need; TensorFlow needs more
          ["target_arch=='x64'", { cflags_cc: ["-msse4.2"] }],
          [
            "OS=='mac'",
            {
              xcode_settings: {
                OTHER_LDFLAGS: [rpath],
                MACOSX_DEPLOYMENT_TARGET: "12.0",
                GCC_ENABLE_CPP_EXCEPTIONS: "YES",
              },
            },
          ],
        ],
      },
    ],
  };
}

/** The compilers that node-gyp's make would take, in this order. */
const compilerNames = (env = process.env) => (env.CXX ? [env.CXX.split(" ")[0]] : ["g++", "c++", "clang++"]);

/**
 * Throws a Shortfall unless the tools to compile with are there; returns node-gyp's path. Takes a few ms.
 * @param {NodeJS.ProcessEnv} [env]
 */
function checkTools(env = process.env) {
  const compiler = compilerNames(env);
  const found = (names) => names.some((name) => (path.isAbsolute(name) ? fs.existsSync(name) : onPath(name, env)));
  const wanted = {
    "a C++ compiler (g++ or clang++)": compiler,
    make: [env.MAKE ?? "make", "gmake"],
    "Python 3": ["python3", "python"],
  };
  const missing = Object.keys(wanted).filter((name) => !found(wanted[name]));
  if (missing.length > 0) throw new Shortfall("compiler", missing.join(", "));
  const nodeGyp = findNodeGyp();
  if (!nodeGyp) throw new Shortfall("nodeGyp");
  return nodeGyp;
}

/**
 * The folder whose include/node holds this node's headers, or undefined: node-gyp then fetches them.
 * @param {{ env?: NodeJS.ProcessEnv, execPath?: string }} [options]
 * @returns {string | undefined}
 */
function nodeHeaders({ env = process.env, execPath = process.execPath } = {}) {
  const folders = [path.resolve(execPath, "../.."), env.npm_config_nodedir].filter(Boolean);
  return folders.find((folder) => fs.existsSync(path.join(folder, "include/node/node_api.h")));
}

/** Keeps the compiler's words in a file that the line can name. */
function buildShortfall(output, target) {
  if (/node_api\.h.*No such file|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|download/.test(output) && !nodeHeaders())
    return new Shortfall("headers");
  const log = path.join(path.dirname(path.dirname(target)), "addon-build.log");
  fs.writeFileSync(log, output);
  const error = output.split("\n").find((line) => /error:|Error:|ERR! stack/.test(line)) ?? tail(output, 1);
  return new Shortfall("build", `${error.trim().slice(0, 160)}; log: ${log}`);
}

module.exports = {
  addonKey,
  addonFile,
  obtainAddon,
  operationsLog,
  compilerNames,
  checkTools,
  nodeHeaders,
  gyp,
  placeInPackage,
};
