import { inspect } from "node:util";
import type { Task } from "../../core/roles";
import { checkOptions, settings } from "../../core/settings";
import type { VerlExport } from "../verl/verl-export";
import { type RayJob, rayJob } from "./job";
import { JobFailed, lostJob } from "./job-failed";
import { readJobRecord, writeJobRecord } from "./job-record";
import {
  commandRanges,
  type RayCommand,
  rayDefaults,
  rayRanges,
  type RaySubmitOptions,
  submitRanges,
} from "./settings";
import { type Submission, submissionId, submitted } from "./submission";
import { type FetchedRun, fetched } from "./verl/fetched";
import { filesPython } from "./verl/files-python";
import { type Preflight, preflightOf } from "./verl/preflight";
import { expectGpus, folderKey, isVerlExport, stepsKey, verlSubmission } from "./verl/verl-submission";
import { jobInfo, jobInfos, type RayJobInfo } from "./wire/job-info";
import { type RayNode, rayNodes } from "./wire/resources";
import { rayServer } from "./wire/server";
import { rayVersion } from "./wire/version";

/** Which files of a run are brought back. */
export interface FetchOptions {
  /** the folder that gets them */
  readonly into: string;
  /** of the checkpoint; the newest if absent, "none" for the metrics alone */
  readonly step?: number | "latest" | "none";
  readonly signal?: AbortSignal;
}

/** How an export is submitted. */
export interface VerlSubmitOptions extends RaySubmitOptions {
  /** whether the cluster adds nodes when a job asks for them: its GPUs are not counted then */
  readonly autoscaling?: boolean;
}

/** A Ray cluster, which runs jobs. */
export interface RayCluster {
  readonly url: string;
  /** of Ray: "2.58.0". Throws RangeError for one that is not supported. */
  version(signal?: AbortSignal): Promise<string>;
  /** The nodes that are alive, the head first, with what they have in all. */
  nodes(signal?: AbortSignal): Promise<RayNode[]>;
  /**
   * Submits an export of verl, or a command, and returns its job, which may still wait for resources. An export is
   * copied to its `clusterFolder`; the run goes on from the last checkpoint there.
   *
   * Throws RangeError for an id that is taken, a cluster that has too few GPUs, a version that is not supported, and a
   * working folder that is empty or too large; SearchUnavailable where the cluster does not answer or wants a token.
   */
  submit(job: VerlExport | RayCommand, options?: VerlSubmitOptions): Promise<RayJob>;
  /** The job of an id, or the one that was last submitted from a folder. Throws JobFailed for one that is not known. */
  attach(job: string | { readonly folder: string }, signal?: AbortSignal): Promise<RayJob>;
  /** Every job, the newest first. */
  list(signal?: AbortSignal): Promise<RayJobInfo[]>;
  /** Compares eight rewards of a task here and on the cluster, before GPUs are taken. */
  preflight(exported: VerlExport, task: Task, options?: Pick<RaySubmitOptions, "env" | "signal">): Promise<Preflight>;
  /** Brings the metrics and a checkpoint of a run here, by a small job that needs no GPU. */
  fetch(run: VerlExport | RayJob, options: FetchOptions): Promise<FetchedRun>;
}

/**
 * A Ray cluster by the address of its dashboard, over Ray's Jobs API.
 *
 * ```ts
 * const cluster = ray("http://10.0.0.5:8265");
 * const train = await pubmed();
 * const exported = verlExport(train, {
 *   ...{ folder: "runs/3b", clusterFolder: "/mnt/runs/3b", preset: "pubmed", version: "0.9" },
 *   rewardUrl: "http://10.0.0.5:8000",
 * });
 * await cluster.preflight(exported, train);
 * const job = await cluster.submit(exported);
 * await watch(job); // interrupt it at will: the job goes on
 * await cluster.fetch(job, { into: "runs/3b/back" });
 * ```
 *
 * Nothing is asked of the cluster before one of these functions is called. Throws TypeError and RangeError for an
 * address or a setting that is wrong.
 */
export function ray(url: string, options: Partial<typeof rayDefaults> = {}): RayCluster {
  const given = settings("ray", rayDefaults, options, rayRanges);
  const { packageMegabytes, startSeconds, patienceSeconds, pollSeconds, token, ...rest } = given;
  const server = rayServer(url, { ...rest, token: (token || process.env["RAY_AUTH_TOKEN"] || "").trim() });
  const limits = { startSeconds, patienceSeconds, pollSeconds };
  const packageLimit = packageMegabytes * 2 ** 20;
  let version: string | undefined;
  const ready = async (signal?: AbortSignal): Promise<string> => (version ??= await rayVersion(server, signal));

  /** Runs a small job to its end, forgets it on the cluster, and returns its lines and the node that ran it. */
  const small = async (name: string, job: Submission, signal?: AbortSignal) => {
    await ready(signal);
    const id = submissionId(undefined, name);
    await submitted(server, id, job, { packageLimit, signal });
    const own = rayJob(server, id, limits);
    const lines: string[] = [];
    try {
      const { node } = await own.ended({ onLine: (line) => lines.push(line), ...(signal && { signal }) });
      return { lines, node, forget: () => own.delete() };
    } catch (error) {
      if ((error as Error).name !== "JobFailed") await own.stop().catch(() => undefined); // the first error tells more
      throw error;
    }
  };

  const cluster: RayCluster = {
    url: server.base,
    version: ready,
    nodes: async (signal) => (await ready(signal), rayNodes(server, signal)),
    async submit(job, { autoscaling = false, ...options } = {}) {
      checkOptions("ray: submit", options, submitRanges);
      const verl = isVerlExport(job);
      if (!verl) checkCommand(job);
      const { env = {}, signal, folder = verl ? job.folder : undefined } = options;
      const id = submissionId(options.id, "deepretrieval");
      await ready(signal);
      if (verl && !autoscaling) await expectGpus(server, job, signal);
      const submission = verl ? verlSubmission(job, id, env) : { ...job, env: { ...job.env, ...env } };
      await submitted(server, id, submission, { packageLimit, signal });
      if (folder !== undefined) writeJobRecord(folder, server.base, id);
      return rayJob(server, id, limits, stepsOf(submission.metadata));
    },
    async attach(job, signal) {
      const id = typeof job === "string" ? job : readJobRecord(job.folder, server.base);
      await ready(signal);
      const info = await jobInfo(server, id, signal);
      if (!info) throw lostJob(id, server.name);
      return rayJob(server, info.id, limits, stepsOf(info.metadata));
    },
    list: async (signal) => (await ready(signal), jobInfos(server, signal)),
    async preflight(exported, task, { env = {}, signal } = {}) {
      let forget: (() => Promise<void>) | undefined;
      const found = await preflightOf(
        exported,
        task,
        env,
        async (job) => {
          const ran = await small("deepretrieval-preflight", job, signal);
          forget = ran.forget;
          return ran.lines;
        },
        signal,
      );
      await forget?.();
      return found;
    },
    async fetch(run, { into, step = "latest", signal }) {
      if (typeof into !== "string" || into === "") throw new TypeError("ray: fetch: pass { into }, a folder of yours.");
      if (step !== "latest" && step !== "none" && (!Number.isSafeInteger(step) || step < 0))
        throw new RangeError(`ray: fetch: step is ${String(step)}; it must be a whole number, "latest" or "none".`);
      const folder = isVerlExport(run) ? run.clusterFolder : (await run.status(signal)).metadata[folderKey];
      if (folder === undefined)
        throw new RangeError("ray: fetch: the job runs no export, so its folder on the cluster is not known.");
      const name = submissionId(undefined, "deepretrieval-files");
      const { lines, node, forget } = await small(
        "deepretrieval-files",
        {
          entrypoint: "python3 deepretrieval_files.py",
          files: { "deepretrieval_files.py": Buffer.from(filesPython) },
          env: { DEEPRETRIEVAL_FOLDER: folder, DEEPRETRIEVAL_STEP: String(step), DEEPRETRIEVAL_OFFER: name },
        },
        signal,
      );
      if (node === undefined)
        throw new JobFailed(name, "failed", "The cluster does not say which node offers the files. Fetch again.");
      const back = await fetched(server, lines, node, into, signal);
      await forget();
      return back;
    },
  };
  return Object.defineProperty(cluster, inspect.custom, { value: () => server.name, enumerable: false });
}

function checkCommand(job: RayCommand): void {
  checkOptions("ray: submit", job, commandRanges);
  if (job.entrypoint === undefined)
    throw new TypeError('ray: submit: pass an export of verlExport, or { entrypoint: "python3 …" }.');
}

function stepsOf(metadata: Readonly<Record<string, string>> = {}): number | undefined {
  const steps = Number(metadata[stepsKey]);
  return Number.isSafeInteger(steps) && steps > 0 ? steps : undefined;
}
