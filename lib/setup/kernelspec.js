// Step 4: tells Jupyter about our kernel, for this user.
//
// kernels/deepretrieval/kernel.json works where it lies. An installed copy needs absolute paths: of this node,
// since front ends start kernels with a PATH of their own, and of this clone, whose code the kernel runs. With
// several clones the last one that was set up is the one Jupyter starts.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { say } = require("./report");
const { scratchBeside, place, discard } = require("./scratch");

/**
 * Writes the kernelspec if it is not there or differs. Returns a note for the report, "" if it has told why not, or
 * undefined.
 * @param {string} root
 * @param {{ env?: NodeJS.ProcessEnv, data?: string, execPath?: string }} [options] `data`: Jupyter's data folder;
 *   `execPath`: the node to start
 * @returns {Promise<string | undefined>}
 */
async function installKernelspec(
  root,
  { env = process.env, data = jupyterData(env), execPath = process.execPath } = {},
) {
  const source = path.join(root, "kernels/deepretrieval");
  if (env.DEEPRETRIEVAL_KERNELSPEC === "off" || !fs.existsSync(path.join(source, "kernel.json"))) return undefined;
  const target = path.join(data, "kernels/deepretrieval");
  const wanted = kernelspecFiles(source, execPath);
  if (Object.entries(wanted).every(([name, bytes]) => same(path.join(target, name), bytes))) return undefined;

  if (!isOurs(target)) {
    say(
      `set-up  kernelspec: none, as ${target} holds another kernel of that name, which was left as it is. Rename ` +
        "it, or set JUPYTER_DATA_DIR to another folder.",
    );
    return "";
  }
  try {
    fs.mkdirSync(target, { recursive: true });
    for (const [name, bytes] of Object.entries(wanted)) write(path.join(target, name), bytes);
    return target;
  } catch (error) {
    say(
      `set-up  kernelspec: none, as ${target} cannot be written (${error.code ?? error.message}). Jupyter will ` +
        "not list the kernel; set JUPYTER_DATA_DIR to a folder that can be written.",
    );
    return "";
  }
}

/** Writes a file whole or not at all. */
function write(file, bytes) {
  const made = scratchBeside(file);
  try {
    fs.writeFileSync(made, bytes);
    place(made, file);
  } finally {
    if (fs.existsSync(made)) discard(made);
  }
}

/**
 * Removes the files of our kernelspec below `target`, and the folder if nothing else is in it. Returns whether there
 * was one.
 * @param {string} target
 */
function removeKernelspec(target) {
  if (!fs.existsSync(target)) return false;
  if (!isOurs(target)) throw new Error(`${target} holds another kernel of that name, which was left as it is`);
  for (const name of fs.readdirSync(target))
    if (name === "kernel.json" || name.startsWith("logo-")) fs.rmSync(path.join(target, name));
  if (fs.readdirSync(target).length === 0) fs.rmdirSync(fs.realpathSync(target));
  return true;
}

/** Whether a folder is absent, or holds a kernelspec that starts our kernel, or one that cannot be read. */
function isOurs(target) {
  try {
    const { argv } = JSON.parse(fs.readFileSync(path.join(target, "kernel.json"), "utf8"));
    return !Array.isArray(argv) || argv.some((word) => path.basename(String(word)) === "launch.js");
  } catch {
    return true; // absent, or damaged
  }
}

/** File name → bytes of the installed kernelspec: kernel.json with absolute paths, and the logos. */
function kernelspecFiles(source, execPath) {
  const spec = JSON.parse(fs.readFileSync(path.join(source, "kernel.json"), "utf8"));
  const [, ...rest] = spec.argv; // the first is "node"
  const argv = [
    execPath,
    ...rest.map((word) =>
      word.startsWith("{resource_dir}") ? path.join(source, word.slice("{resource_dir}".length)) : word,
    ),
  ];
  const files = { "kernel.json": Buffer.from(`${JSON.stringify({ ...spec, argv }, null, 2)}\n`) };
  for (const name of fs.readdirSync(source))
    if (name.startsWith("logo-")) files[name] = fs.readFileSync(path.join(source, name));
  return files;
}

/**
 * Jupyter's data folder for this user, as `jupyter --data-dir` says it.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [platform]
 * @param {string} [home]
 */
function jupyterData(env = process.env, platform = process.platform, home = os.homedir()) {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return path.join(home, "Library/Jupyter");
  if (platform === "win32") return path.join(env.APPDATA ?? path.join(home, "AppData/Roaming"), "jupyter");
  return path.join(env.XDG_DATA_HOME || path.join(home, ".local/share"), "jupyter");
}

const same = (file, bytes) => fs.existsSync(file) && fs.readFileSync(file).equals(bytes);

module.exports = { installKernelspec, removeKernelspec, kernelspecFiles, jupyterData };
