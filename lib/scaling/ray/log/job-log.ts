import { type Clock, wallClock } from "../../../core/http/clock";
import { backOff } from "../../../core/http/retry";
import { random } from "../../../core/random";
import { JobFailed, lostJob } from "../job-failed";
import { hasEnded, jobInfo, type RayJobInfo } from "../wire/job-info";
import { lacking, rayNodes, type RayResources } from "../wire/resources";
import type { RayServer } from "../wire/server";
import { tailOf } from "./tail";
import { wholeLog } from "./whole-log";

/** How a job is followed. */
export interface FollowLimits {
  readonly startSeconds: number; // that it may wait for resources
  readonly patienceSeconds: number; // that the server may be away
  readonly pollSeconds: number; // between two looks at its state
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/**
 * The log of a job from its first line, in pieces, until the job has ended; returns its last state. Each character
 * comes once, however often the connection breaks: the server begins at the start again, and what was seen is left out.
 * Where the tail brings nothing new (a proxy without WebSockets, a line that is not UTF-8), the log is read anew every
 * `pollSeconds`.
 *
 * Throws JobFailed for a job that is lost or does not start, SearchUnavailable where the server is away for longer than
 * `patienceSeconds`, Interrupted when `signal` fires.
 */
export async function* jobLog(server: RayServer, id: string, limits: FollowLimits): AsyncGenerator<string, RayJobInfo> {
  const { pollSeconds, signal } = limits;
  const { clock = wallClock } = limits;
  const state = stateOf(server, id, limits);
  let info = await started(server, id, limits, state);
  let seen = 0; // characters
  let tails = true; // whether the tail brings something new
  let polls = 0;
  const unseen = (text: string): string => {
    const fresh = text.slice(seen);
    seen += fresh.length;
    return fresh;
  };
  while (!hasEnded(info)) {
    if (tails) {
      const before = seen;
      let at = 0; // characters of this connection
      for await (const text of tailOf(server, id, { quietSeconds: pollSeconds * 5, signal })) {
        const fresh = text.slice(Math.max(0, Math.min(text.length, seen - at)));
        at += text.length;
        seen += fresh.length;
        if (fresh !== "") yield fresh;
        if (text === "" && hasEnded((info = await state()))) break;
      }
      tails = seen > before;
    } else {
      const text = unseen((await wholeLog(server, info, signal)) ?? "");
      if (text !== "") yield text;
      tails = ++polls % 20 === 0; // perhaps it can be followed again
      await clock.sleep(pollSeconds * 1000, signal);
    }
    info = await state();
  }
  const rest = unseen((await wholeLog(server, info, signal)) ?? "");
  if (rest !== "") yield rest;
  return info;
}

/** Asks for the state of a job, and waits for a server that is away. */
function stateOf(server: RayServer, id: string, limits: FollowLimits): () => Promise<RayJobInfo> {
  const { patienceSeconds, signal, clock = wallClock } = limits;
  const rng = random("ray").fork("follow", id);
  return async () => {
    const began = clock.now();
    for (let failures = 1; ; failures++) {
      try {
        const info = await jobInfo(server, id, signal);
        if (!info) throw lostJob(id, server.name);
        return info;
      } catch (error) {
        const { name, outage } = error as { name?: unknown; outage?: unknown };
        const passes = name === "SearchUnavailable" && outage !== "refused";
        if (!passes || clock.now() - began > patienceSeconds * 1000) throw error;
        await clock.sleep(backOff(failures, 1, rng) * 1000, signal);
      }
    }
  };
}

/** Waits until a job runs or has ended. Time is that of this machine: the cluster's clock may differ. */
async function started(
  server: RayServer,
  id: string,
  { startSeconds, pollSeconds, signal, clock = wallClock }: FollowLimits,
  state: () => Promise<RayJobInfo>,
): Promise<RayJobInfo> {
  const began = clock.now();
  for (;;) {
    const info = await state();
    if (info.state !== "PENDING") return info;
    const waited = (clock.now() - began) / 1000;
    if (waited > startSeconds) {
      const why = lacking(askedBy(info), await rayNodes(server, signal));
      throw new JobFailed(
        id,
        "not started",
        `Job ${id} has been pending for ${Math.round(waited)} s: ${info.message} ${why} It still waits: stop it, or ` +
          "follow it again.",
      );
    }
    await clock.sleep(pollSeconds * 1000, signal);
  }
}

export const resourcesKey = "deepretrieval_resources"; // of a job's metadata

/** The resources that a job asks for, where this library submitted it. */
function askedBy({ metadata }: RayJobInfo): RayResources {
  try {
    return JSON.parse(metadata[resourcesKey] ?? "{}") as RayResources;
  } catch {
    return {}; // another program's
  }
}
