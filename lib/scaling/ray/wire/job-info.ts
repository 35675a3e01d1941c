import { SearchUnavailable } from "../../../core/errors";
import { jsonOf, rayCall } from "./call";
import type { RayServer } from "./server";

/** What Ray calls the states of a job. */
export type RayJobState = "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";

/** A job as the cluster describes it. Times are the cluster's own clock. */
export interface RayJobInfo {
  readonly id: string; // of the submission; of a driver that was not submitted, its job id
  readonly state: RayJobState;
  readonly message: string; // what Ray says of the state
  readonly entrypoint: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly started?: Date;
  readonly ended?: Date;
  readonly exitCode?: number; // of the entrypoint
  readonly node?: string; // id of the node that runs the entrypoint
}

export const hasEnded = ({ state }: RayJobInfo): boolean => state !== "PENDING" && state !== "RUNNING";

/** A job by its id; undefined where the cluster has none of that id. */
export async function jobInfo(server: RayServer, id: string, signal?: AbortSignal): Promise<RayJobInfo | undefined> {
  const reply = await rayCall(server, { path: `/api/jobs/${encodeURIComponent(id)}`, signal });
  if (reply.status === 404) return undefined;
  return readInfo(server, jsonOf(server, reply, `the state of job ${id}`));
}

/** Every job, the newest first. */
export async function jobInfos(server: RayServer, signal?: AbortSignal): Promise<RayJobInfo[]> {
  const all = jsonOf(server, await rayCall(server, { path: "/api/jobs/", signal }), "the list of jobs");
  if (!Array.isArray(all)) throw unread(server, all);
  return all
    .map((each) => readInfo(server, each))
    .sort((a, b) => Number(b.started ?? 0) - Number(a.started ?? 0) || (a.id < b.id ? -1 : 1));
}

const states: readonly string[] = ["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"];

function readInfo(server: RayServer, json: unknown): RayJobInfo {
  const job = (json ?? {}) as Readonly<Record<string, unknown>>;
  const id = job["submission_id"] ?? job["job_id"];
  const { status, message, entrypoint, metadata, start_time, end_time, driver_exit_code, driver_node_id } = job;
  if (typeof id !== "string" || typeof status !== "string" || !states.includes(status)) throw unread(server, json);
  return {
    id,
    state: status as RayJobState,
    message: typeof message === "string" ? message : "",
    entrypoint: typeof entrypoint === "string" ? entrypoint : "",
    metadata: (metadata ?? {}) as Readonly<Record<string, string>>,
    ...(typeof start_time === "number" && { started: new Date(start_time) }),
    ...(typeof end_time === "number" && end_time > 0 && { ended: new Date(end_time) }),
    ...(typeof driver_exit_code === "number" && { exitCode: driver_exit_code }),
    ...(typeof driver_node_id === "string" && { node: driver_node_id }),
  };
}

const unread = ({ name }: RayServer, json: unknown): SearchUnavailable =>
  new SearchUnavailable(
    name,
    `a job that cannot be read: ${JSON.stringify(json)?.slice(0, 200)}`,
    "Its Jobs API is not the one of Ray 2.",
    { outage: "reply" },
  );
