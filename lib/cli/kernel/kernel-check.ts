import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { connect } from "../../notebook/runner/client";
import { ownKernel, startProcess, type KernelSpec } from "../../notebook/runner/kernel-process";
import { command, exitCodes } from "../command/command";
import { flag } from "../command/options";
import { packageRoot } from "../../core/files/package-root";
import { installedSpecs, tilde, type InstalledSpec } from "./kernel-places";

/** One thing that was looked at; `fix` says what to do where it is not right. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly fix?: string;
}

/** `deepretrieval kernel check`: ends with 0 only if everything is right. */
export const kernelCheck = command({
  topic: "The Jupyter kernel",
  words: "kernel check",
  calls: "kernel check [--json]",
  does: "find out whether Jupyter can start the kernel, by starting it",
  options: { json: flag("print the findings as JSON on stdout") },
  run: check,
});

async function check({ json }: { readonly json: boolean }): Promise<number> {
  const specs = installedSpecs();
  const findings: Finding[] =
    specs.length === 0
      ? [{ what: "Jupyter does not list the kernel", ok: false, fix: "Run `npx deepretrieval kernel install`." }]
      : specs.flatMap(lookAt);
  const first = specs.find(({ broken }) => broken === undefined);
  const usable = first !== undefined && findings.every(({ ok }) => ok);
  findings.push(
    await tryOut(usable ? first : ownKernel(packageRoot), usable ? "as Jupyter starts it" : "from this clone"),
  );

  for (const { what, ok, fix } of findings)
    process.stderr.write(`${ok ? "ok  " : "BAD "} ${what}${ok || fix === undefined ? "" : `. ${fix}`}\n`);
  const ok = findings.every((finding) => finding.ok);
  if (json) process.stdout.write(`${JSON.stringify({ ok, findings })}\n`);
  return ok ? exitCodes.ok : exitCodes.failed;
}

/** What can be seen of a kernelspec without starting it. */
function lookAt({ folder, argv, broken }: InstalledSpec, position: number): Finding[] {
  const place = tilde(folder);
  if (broken !== undefined)
    return [
      { what: `${place}: ${broken}`, ok: false, fix: "Run `npx deepretrieval kernel install`, or remove the folder." },
    ];
  const listed: Finding = {
    what: position === 0 ? `Jupyter finds the kernel in ${place}` : `another one in ${place} stands behind the first`,
    ok: true,
  };
  const [node = "", launcher = ""] = argv.map((word) => word.replaceAll("{resource_dir}", folder));
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  const version = /^v(\d+)\.(\d+)/.exec(stdout ?? "");
  const recent =
    version !== null && (Number(version[1]) > 20 || (Number(version[1]) === 20 && Number(version[2]) >= 19));
  const runs: Finding =
    version === null
      ? {
          what: `${node} does not run`,
          ok: false,
          fix: "It has moved or was removed: run `npx deepretrieval kernel install` with the Node you use now.",
        }
      : { what: `${node} is ${stdout.trim()}`, ok: recent, fix: "The kernel needs Node 20.19 or newer." };
  const there: Finding = {
    what: `${tilde(launcher)} ${existsSync(launcher) ? "is there" : "is missing"}`,
    ok: existsSync(launcher),
    fix: "The clone it belonged to has moved: run `npx deepretrieval kernel install` in the new place.",
  };
  const own = path.join(packageRoot, "kernels/deepretrieval/launch.js");
  const note: Finding[] =
    existsSync(launcher) && path.resolve(launcher) !== own && !launcher.startsWith(folder)
      ? [{ what: `it runs another clone than this one (${tilde(packageRoot)})`, ok: true }]
      : [];
  return [listed, runs, there, ...note];
}

/** Starts the kernel and lets it compute. */
async function tryOut(spec: Pick<KernelSpec, "folder" | "argv">, how: string): Promise<Finding> {
  const from = performance.now();
  let kernel: Awaited<ReturnType<typeof startProcess>> | undefined;
  try {
    kernel = await startProcess(spec, process.cwd());
    let value = "";
    const client = await connect(
      kernel,
      ({ content }) =>
        void (value = String((content["data"] as Record<string, unknown> | undefined)?.["text/plain"] ?? value)),
    );
    await client.request("shell", "execute_request", { code: "6 * 7", silent: false });
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    void client.request("control", "shutdown_request", { restart: false });
    await kernel.death.catch(() => undefined);
    client.close();
    return {
      what: `the kernel starts ${how} and computes 6 * 7 = ${value || "nothing"} after ${seconds} s`,
      ok: value === "42",
      fix: "Run `npm run build`.",
    };
  } catch (error) {
    return {
      what: `the kernel does not start ${how}: ${(error as Error).message}`,
      ok: false,
      fix: "Run `npm start` once: it builds what is missing.",
    };
  } finally {
    kernel?.kill();
    kernel?.clean();
  }
}
