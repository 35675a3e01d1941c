import { inspect } from "node:util";
import { Interrupted, SearchUnavailable } from "../../core/errors";
import { wallClock } from "../../core/http/clock";
import { type Run, runOf } from "../../core/run";
import type { TrainingStep } from "../../training/loop/training-step";
import { JobFailed, lostJob } from "./job-failed";
import { type FollowLimits, jobLog } from "./log/job-log";
import { lineReader } from "./log/lines";
import { stepReader } from "./log/metrics";
import { wholeLog } from "./log/whole-log";
import { jsonOf, lastLine, rayCall, textOf } from "./wire/call";
import { hasEnded, jobInfo, type RayJobInfo } from "./wire/job-info";
import type { RayServer } from "./wire/server";

/** How a job is followed. */
export interface FollowOptions {
  /** gets every line of the log, without codes of colours */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * A job of a cluster. It is a run itself: `watch(job)` draws the metrics of its log as those of a run on this machine.
 * To stop watching leaves the job alone.
 */
export interface RayJob extends AsyncGenerator<TrainingStep, void> {
  readonly id: string;
  readonly total?: number; // steps of the whole run, where they are known
  readonly label: string;
  /** Throws JobFailed for a job that the cluster does not know any more. */
  status(signal?: AbortSignal): Promise<RayJobInfo>;
  /**
   * The steps of its log, from the first one, as they are written. It ends with the job, also where that was stopped.
   * Throws JobFailed where the job fails, is lost or does not start, with the exit code and the last lines.
   */
  follow(options?: FollowOptions): Run<TrainingStep>;
  /** Waits for its end, and returns its last state. Throws as `follow` does. */
  ended(options?: FollowOptions): Promise<RayJobInfo>;
  /** The log so far. */
  log(signal?: AbortSignal): Promise<string>;
  /**
   * Ends it, and waits until it has ended. One that has ended already stays as it is. Ray ends one that waits for
   * resources only when it would start or its own time limit is over: it is returned as it is after ten seconds.
   */
  stop(signal?: AbortSignal): Promise<RayJobInfo>;
  /** Forgets it on the cluster, with its log. Throws RangeError for one that has not ended. */
  delete(signal?: AbortSignal): Promise<void>;
}

/** A job by its id. Nothing is asked of the cluster before one of its functions is called. */
export function rayJob(server: RayServer, id: string, limits: FollowLimits, total?: number): RayJob {
  const path = `/api/jobs/${encodeURIComponent(id)}`;
  const status = async (signal?: AbortSignal): Promise<RayJobInfo> => {
    const info = await jobInfo(server, id, signal);
    if (!info) throw lostJob(id, server.name);
    return info;
  };
  const lines = (options: FollowOptions) => followedLines(server, id, limits, options);
  const follow = (options: FollowOptions = {}): Run<TrainingStep> => {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const steps = followedSteps(lines({ ...options, signal }));
    const end = steps.return.bind(steps);
    // the generator may wait for minutes for a step, and its own return would wait with it
    return Object.assign(runOf(steps, total), { return: () => (stop.abort(), end()) });
  };
  /** Ray may write the state of a job that was stopped once more after it was deleted: it is deleted again then. */
  const again = async ({ state }: RayJobInfo, signal?: AbortSignal): Promise<void> => {
    for (let tries = 0; state === "STOPPED" && tries < 5; tries++) {
      await (limits.clock ?? wallClock).sleep(1000, signal);
      if (await jobInfo(server, id, signal)) await rayCall(server, { path, method: "DELETE", signal });
      else if (tries > 0) return;
    }
  };
  let current: Run<TrainingStep> | undefined;
  const run = (): Run<TrainingStep> => (current ??= follow());
  const over = <T>(result: Promise<T>): Promise<T> => ((current = undefined), result);
  const job: RayJob = {
    id,
    label: "step",
    ...(total !== undefined && { total }),
    status,
    follow,
    async ended(options = {}) {
      const steps = lines(options);
      for (let next = await steps.next(); ; next = await steps.next()) if (next.done) return next.value;
    },
    async log(signal) {
      return (await wholeLog(server, await status(signal), signal)) ?? "";
    },
    async stop(signal) {
      const reply = await rayCall(server, { path: `${path}/stop`, method: "POST", signal });
      if (reply.status === 404) throw lostJob(id, server.name);
      jsonOf(server, reply, `stopping job ${id}`);
      const { clock = wallClock, pollSeconds } = limits;
      const began = clock.now();
      for (;;) {
        const info = await status(signal);
        if (hasEnded(info) || (info.state === "PENDING" && clock.now() - began > 10_000)) return info;
        await clock.sleep(Math.min(pollSeconds, 1) * 1000, signal);
      }
    },
    async delete(signal) {
      const info = await status(signal);
      if (!hasEnded(info))
        throw new RangeError(`ray: job ${id} is ${info.state}, and only one that has ended can be deleted. Stop it.`);
      const reply = await rayCall(server, { path, method: "DELETE", signal });
      if (reply.status === 404) throw lostJob(id, server.name);
      if (reply.status === 200) return again(info, signal);
      throw new SearchUnavailable(server.name, `deleting job ${id}: ${lastLine(textOf(reply))}`, "Try again.", {
        outage: "server",
      });
    },
    async next() {
      const own = run();
      const step = await own.next();
      if (step.done && current === own) current = undefined; // the next loop begins at the start again
      return step;
    },
    return: () => over(current ? current.return() : Promise.resolve({ done: true as const, value: undefined })),
    throw: (error) => over(current ? current.throw(error) : Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return job;
    },
  };
  return Object.defineProperty(job, inspect.custom, { value: () => `job ${id} on ${server.name}`, enumerable: false });
}

/** The lines of a job's log; returns its last state. Throws JobFailed for a job that failed. */
async function* followedLines(
  server: RayServer,
  id: string,
  limits: FollowLimits,
  { onLine, signal }: FollowOptions,
): AsyncGenerator<readonly string[], RayJobInfo> {
  const log = jobLog(server, id, { ...limits, signal });
  const read = lineReader();
  const recent: string[] = [];
  const taken = (lines: readonly string[]): readonly string[] => {
    recent.push(...lines.slice(-200));
    recent.splice(0, recent.length - 200);
    lines.forEach((line) => onLine?.(line));
    return lines;
  };
  let next = await log.next();
  for (; !next.done; next = await log.next()) {
    if (signal?.aborted) throw new Interrupted("following the job", { cause: signal.reason });
    yield taken(read(next.value));
  }
  yield taken(read("", true));
  const info = next.value;
  if (info.state === "FAILED") {
    const code = info.exitCode;
    const how = code === undefined ? firstLine(info.message) : `its command ended with exit code ${code}`;
    const lastLines = (recent.length > 0 ? recent : info.message.trim().split("\n")).slice(-10);
    const error = recent
      .slice(0, -10)
      .reverse()
      .find((line) => named.test(line)); // may be above a long explanation
    const above = error === undefined ? "" : `${error.slice(0, 500)}\n`;
    const message = `Job ${id} failed: ${how}. ${above}The end of its log:`;
    throw new JobFailed(id, "failed", message, { exitCode: code, lastLines });
  }
  return info;
}

/** A line that names an error of Python, such as "ray.exceptions.ActorDiedError: The actor died …". */
const named = /^(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception)\b/;

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").replace(/\.$/, "") || "Ray does not say why";

async function* followedSteps(
  lines: AsyncGenerator<readonly string[], RayJobInfo>,
): AsyncGenerator<TrainingStep, void> {
  const read = stepReader();
  for await (const some of lines)
    for (const line of some) {
      const step = read(line);
      if (step) yield step;
    }
}
