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

/** Writes the kernelspec if it is not there or differs. Returns a note for the report, "" if it has told why not, or undefined. */
async function installKernelspec(root, { env = process.env, data = jupyterData(env), execPath = process.execPath } = {}) {
  const source = path.join(root, "kernels/deepretrieval");
  if (env.DEEPRETRIEVAL_KERNELSPEC === "off" || !fs.existsSync(path.join(source, "kernel.json"))) return undefined;
  const target = path.join(data, "kernels/deepretrieval");
  const wanted = kernelspecFiles(source, execPath);
  if (Object.entries(wanted).every(([name, bytes]) => same(path.join(target, name), bytes))) return undefined;

  const next = scratchBeside(target);
  try {
    fs.mkdirSync(next, { recursive: true });
    for (const [name, bytes] of Object.entries(wanted)) fs.writeFileSync(path.join(next, name), bytes);
    place(next, target);
    return target;
  } catch (error) {
    say(`set-up  kernelspec: none, as ${target} cannot be written (${error.code ?? error.message}). Jupyter will not list the kernel; set JUPYTER_DATA_DIR to a folder that can be written.`);
    return "";
  } finally {
    if (fs.existsSync(next)) discard(next);
  }
}

/** File name → bytes of the installed kernelspec: kernel.json with absolute paths, and the logos. */
function kernelspecFiles(source, execPath) {
  const spec = JSON.parse(fs.readFileSync(path.join(source, "kernel.json"), "utf8"));
  const [, ...rest] = spec.argv; // the first is "node"
  const argv = [execPath, ...rest.map((word) => (word.startsWith("{resource_dir}") ? path.join(source, word.slice("{resource_dir}".length)) : word))];
  const files = { "kernel.json": Buffer.from(`${JSON.stringify({ ...spec, argv }, null, 2)}\n`) };
  for (const name of fs.readdirSync(source)) if (name.startsWith("logo-")) files[name] = fs.readFileSync(path.join(source, name));
  return files;
}

/** Jupyter's data folder for this user, as `jupyter --data-dir` says it. */
function jupyterData(env = process.env, platform = process.platform, home = os.homedir()) {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return path.join(home, "Library/Jupyter");
  if (platform === "win32") return path.join(env.APPDATA ?? path.join(home, "AppData/Roaming"), "jupyter");
  return path.join(env.XDG_DATA_HOME || path.join(home, ".local/share"), "jupyter");
}

const same = (file, bytes) => fs.existsSync(file) && fs.readFileSync(file).equals(bytes);

module.exports = { installKernelspec, kernelspecFiles, jupyterData };
