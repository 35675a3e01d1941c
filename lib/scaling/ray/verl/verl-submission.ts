import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { projectPath } from "../../../data/paths";
import { CorruptData } from "../../../core/errors";
import type { VerlExport } from "../../verl/verl-export";
import type { Submission } from "../submission";
import { rayNodes, totalOf } from "../wire/resources";
import type { RayServer } from "../wire/server";
import { jobPython } from "./job-python";

/** Keys of a job's metadata, by which another process knows what the job is. */
export const folderKey = "deepretrieval_folder"; // on the cluster
export const stepsKey = "deepretrieval_steps"; // of the whole run

export const isVerlExport = (job: object): job is VerlExport => "arguments" in job && "clusterFolder" in job;

/** The files of an export as a job sends them. */
export const exportedFiles = ({ files }: VerlExport): Record<string, Uint8Array> =>
  Object.fromEntries([...new Set(Object.values(files))].map((file) => [basename(file), readFileSync(file)]));

/**
 * The job that runs an export. Its files are copied to `clusterFolder`, which all nodes have to share. The trainer
 * takes its GPUs by itself; the entrypoint asks for none.
 */
export function verlSubmission(exported: VerlExport, id: string, env: Readonly<Record<string, string>>): Submission {
  const { clusterFolder, rewardUrl } = exported;
  const steps = plannedSteps(exported);
  return {
    entrypoint: "python3 deepretrieval_job.py",
    files: { ...exportedFiles(exported), "deepretrieval_job.py": Buffer.from(jobPython) },
    env: {
      DEEPRETRIEVAL_FOLDER: clusterFolder,
      DEEPRETRIEVAL_REWARD_URL: rewardUrl,
      // verl's logger is in an actor, which sees the variables of the job and not those of run.sh
      VERL_FILE_LOGGER_PATH: `${clusterFolder.replace(/\/+$/, "")}/metrics/${id}.jsonl`,
      HYDRA_FULL_ERROR: "1",
      ...env,
    },
    metadata: { [folderKey]: clusterFolder, ...(steps !== undefined && { [stepsKey]: String(steps) }) },
  };
}

/** Steps that the arguments ask for; undefined where they do not say. */
export function plannedSteps({ arguments: words, rows }: VerlExport): number | undefined {
  const number = (key: string) => {
    const word = words.find((each) => each.startsWith(`${key}=`));
    return word === undefined ? undefined : Number(word.slice(key.length + 1));
  };
  const given = number("trainer.total_training_steps");
  if (given !== undefined) return given;
  const [epochs, batch] = [number("trainer.total_epochs"), number("data.train_batch_size")];
  return epochs && batch ? epochs * Math.floor(rows.train / batch) : undefined;
}

/** Throws RangeError where the cluster has fewer GPUs than an export takes. */
export async function expectGpus(server: RayServer, { gpus, nodes }: VerlExport, signal?: AbortSignal): Promise<void> {
  const alive = await rayNodes(server, signal);
  const has = totalOf(alive, "GPU");
  const most = Math.max(0, ...alive.map(({ resources }) => resources["GPU"] ?? 0));
  const each = gpus / nodes;
  if (has >= gpus && most >= each) return;
  throw new RangeError(
    `ray: the export takes ${gpus} GPUs of ${nodes} nodes, and ${server.name} has ${has} GPUs on ${alive.length} ` +
      `nodes, at most ${most} on one. Export with other { gpus, nodes }, add nodes, or pass { autoscaling: true } ` +
      "where the cluster adds them when a job asks.",
  );
}

/** An export that was written before, by its folder. Throws RangeError for a folder that holds none. */
export function readVerlExport(folder: string): VerlExport {
  const root = projectPath(folder);
  const at = (name: string) => join(root, name);
  if (!existsSync(at("verl.json")))
    throw new RangeError(`ray: ${folder} holds no export: there is no ${at("verl.json")}. Write one with verlExport.`);
  let written: Omit<VerlExport, "folder" | "files">;
  try {
    written = JSON.parse(readFileSync(at("verl.json"), "utf8")) as typeof written;
  } catch (cause) {
    throw new CorruptData(at("verl.json"), (cause as Error).message, "Export again.", { cause });
  }
  if (!isVerlExport(written))
    throw new CorruptData(at("verl.json"), "it has no arguments and clusterFolder", "Export again.");
  const validation = at(existsSync(at("validation.json")) ? "validation.json" : "train.json");
  const files = { train: at("train.json"), validation, shim: at("reward_shim.py"), script: at("run.sh") };
  return { ...(written as VerlExport), folder: root, files: { ...files, settings: at("verl.json") } };
}
