import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** What set-up finds out about the cards of this machine. The facts are those of lib/setup/native/card/problem.js. */
export interface CardReport {
  readonly files: readonly string[]; // of the driver and its devices
  readonly smi?: { readonly driver?: string; readonly cards?: readonly CardName[]; readonly failure?: string };
  readonly driver?: { readonly cuda?: number; readonly cards?: readonly CardName[] };
  readonly visible?: string; // CUDA_VISIBLE_DEVICES
  readonly problem?: { readonly kind: string; readonly what: string; readonly fix: string };
}

interface CardName {
  readonly name?: string;
  readonly capability?: string;
}

/** Set-up is not compiled: this path leads to lib/setup from lib/backend/native and from dist/backend/native. */
const program = path.join(__dirname, "../../../lib/setup/native/card/report.js");

/**
 * Asks NVIDIA's driver and nvidia-smi, in a process of its own: a broken driver may crash it or keep it waiting.
 * Undefined if that process says nothing.
 */
export function cardReport(env: NodeJS.ProcessEnv = process.env): CardReport | undefined {
  if (!existsSync(program)) return undefined;
  const { status, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8", env, timeout: 60_000 });
  if (status !== 0) return undefined;
  try {
    return JSON.parse(stdout) as CardReport;
  } catch {
    return undefined; // the process was cut off
  }
}

/**
 * Why TensorFlow finds no card, and what to do: the end of a sentence, and another sentence.
 *
 * @param isBuilt whether the addon is built against TensorFlow for CUDA
 */
export function whyNoCard(report: CardReport | undefined, isBuilt: boolean): string {
  const { problem } = report ?? {};
  if (problem) return `${problem.what}. To use the card, ${problem.fix}`;
  return isBuilt
    ? "it does not say why. Run `node lib/setup/main.js`, which looks for what is missing"
    : "what set-up has built is for the processor. Run `node lib/setup/main.js`: it builds for it, or says why not";
}

/** Whether the addon in this process was built against TensorFlow for CUDA. */
export const isBuiltForCards = (maps = "/proc/self/maps"): boolean =>
  existsSync(maps) && readFileSync(maps, "utf8").includes("/tensorflow-cuda-");
