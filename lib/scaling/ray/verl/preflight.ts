import { inspect } from "node:util";
import type { Task } from "../../../core/roles";
import type { VerlExport } from "../../verl/verl-export";
import { JobFailed } from "../job-failed";
import { markedRecords } from "../log/metrics";
import type { Submission } from "../submission";
import { preflightPython } from "./preflight-python";
import { preflightRewards, type PreflightSample, preflightSamples } from "./samples";
import { exportedFiles } from "./verl-submission";

/** The reward of one sample in the notebook and on the cluster. */
export interface PreflightRow {
  readonly problem: string; // its id
  readonly answer: string; // what kind it is
  readonly notebook: number;
  readonly cluster: number | undefined; // undefined: there was none
  readonly equal: boolean; // in every bit
}

/** A node beside the one that scored, and whether it can do its part of a training run. */
export interface PreflightNode {
  readonly address: string;
  readonly scores: boolean; // the same reward of the first sample
  readonly shared: boolean; // sees the folder of the run
  readonly why?: string;
}

/** What a preflight found. As the last line of a cell it is a table. */
export interface Preflight {
  readonly ok: boolean;
  readonly rows: readonly PreflightRow[];
  readonly nodes: readonly PreflightNode[];
  readonly why: readonly string[]; // what is wrong, and what to do about it
}

/** Runs a job without a GPU, and returns the lines of its log. Throws JobFailed. */
export type SmallJob = (job: Submission) => Promise<readonly string[]>;

/**
 * Scores eight fixed samples here and, with the reward function of an export, on every node of the cluster. No GPU is
 * taken. Rewards must be equal in every bit. A reward server that cannot be reached is a finding, no error.
 *
 * @param run submits the job and waits for it
 */
export async function preflightOf(
  exported: VerlExport,
  task: Task,
  env: Readonly<Record<string, string>>,
  run: SmallJob,
  signal?: AbortSignal,
): Promise<Preflight> {
  const samples = preflightSamples(task);
  const own = (await preflightRewards(task, signal)).map(({ reward }) => reward);
  const { "reward_shim.py": shim } = exportedFiles(exported);
  const lines = await run({
    entrypoint: "python3 deepretrieval_preflight.py",
    cpus: 0,
    files: {
      "reward_shim.py": shim!,
      "samples.json": Buffer.from(JSON.stringify(samples.map(({ row }) => row))),
      "deepretrieval_preflight.py": Buffer.from(preflightPython),
    },
    env: { DEEPRETRIEVAL_FOLDER: exported.clusterFolder, DEEPRETRIEVAL_REWARD_URL: exported.rewardUrl, ...env },
  });
  const records = markedRecords(lines);
  if (!records.some(({ kind }) => kind === "over"))
    throw new JobFailed("preflight", "failed", "The preflight ended before its last line.", {
      lastLines: lines.slice(-10),
    });
  return found(exported, samples, own, records);
}

type Records = readonly Readonly<Record<string, unknown>>[];

function found(exported: VerlExport, samples: readonly PreflightSample[], own: readonly number[], records: Records) {
  const scoreOf = (record: Readonly<Record<string, unknown>> | undefined) =>
    (record?.["result"] as { readonly score?: number } | undefined)?.score;
  const said = samples.map((_, place) => records.find((each) => each["kind"] === "sample" && each["place"] === place));
  const rows = samples.map(({ problem, what }, i): PreflightRow => {
    const cluster = scoreOf(said[i]);
    return { problem: problem.id, answer: what, notebook: own[i]!, cluster, equal: Object.is(cluster, own[i]) };
  });
  const nodes = records
    .filter(({ kind }) => kind === "node")
    .map((record): PreflightNode => {
      const { address, shared, error } = record;
      const scores = Object.is(scoreOf(record), own[0]);
      return {
        address: String(address),
        scores,
        shared: shared === true,
        ...(typeof error === "string" && { why: error }),
      };
    });
  const error = said.map((record) => record?.["error"]).find((each) => typeof each === "string");
  const why = reasons(exported, rows, nodes, error as string | undefined);
  const result: Preflight = { ok: why.length === 0, rows, nodes, why };
  return Object.defineProperty(result, inspect.custom, { value: () => described(result), enumerable: false });
}

function reasons(
  { rewardUrl, clusterFolder }: VerlExport,
  rows: readonly PreflightRow[],
  nodes: readonly PreflightNode[],
  error: string | undefined,
): string[] {
  const { hostname, port, protocol } = new URL(rewardUrl);
  const at = `${hostname}, port ${port || (protocol === "https:" ? 443 : 80)}`;
  const own = /^(localhost|127\.|\[::1\])/.test(hostname)
    ? " That address is each machine's own: serve with --host 0.0.0.0, and export with the address that the cluster " +
      "has for this machine."
    : " See that it is served with --host 0.0.0.0 and that no firewall stands between.";
  const differing = rows.filter(({ equal }) => !equal).length;
  const apart = nodes.filter(({ shared }) => !shared).map(({ address }) => address);
  const deaf = nodes.filter(({ scores }) => !scores);
  return [
    ...(error !== undefined ? [`The cluster has no rewards from ${at}: ${error}.${own}`] : []),
    ...(error === undefined && differing > 0
      ? [
          `${differing} of ${rows.length} rewards differ: the server at ${at} has another task, other data or ` +
            "another version.",
        ]
      : []),
    ...(error === undefined && deaf.length > 0
      ? [
          `These nodes do not score as the first one: ` +
            `${deaf.map(({ address, why }) => (why ? `${address} (${why})` : address)).join(", ")}.`,
        ]
      : []),
    ...(apart.length > 0
      ? [
          `These nodes do not see ${clusterFolder}: ${[...new Set(apart)].join(", ")}. Export with a clusterFolder ` +
            "that all nodes share.",
        ]
      : []),
  ];
}

function described({ rows, nodes, why }: Preflight): string {
  const equal = rows.filter((row) => row.equal).length;
  const line = ({ problem, answer, notebook, cluster }: PreflightRow) =>
    `  ${problem}, ${answer}: notebook ${notebook}, cluster ${cluster ?? "none"}`;
  return [
    `${equal} of ${rows.length} rewards are equal on the cluster; ${nodes.length} more nodes asked`,
    ...rows.filter((row) => !row.equal).map(line),
    ...why,
  ].join("\n");
}
