import { connect } from "node:net";

/**
 * Says what a silent wait is for: where a server does not answer, a line within five seconds names it, why, what is
 * tried again and how long that may take. It goes to standard error, which in a notebook is the cell.
 */

export const waitingDefaults = {
  /** ms of a call before the reader is told */
  patience: 4000,
  /** ms between two lines about one server */
  again: 10_000,
  /** ms in which a server that is there takes a connection */
  reach: 700,
};

/** What a call intends: for the line. */
interface WaitPlan {
  readonly attempts: number;
  readonly timeoutSeconds: number; // of one attempt
  readonly firstPause: number; // seconds before the second attempt, doubled for each further one
}

/** One call to a server that may be down. */
export interface Waiting {
  /** An attempt failed; the next comes after `pause` seconds. */
  failed(why: string, pause: number): void;
  /** The call has ended, with or without success. */
  end(): void;
}

const lastSaid = new Map<string, number>(); // by server: calls that wait together say it once

/** Begins to watch a call of `name` at `url`. `end` it in any case. */
export function waitFor(
  name: string,
  url: string,
  plan: WaitPlan,
  {
    patience,
    again,
    reach,
    say = (line: string): void => void process.stderr.write(`${line}\n`),
    reachable = takesConnections,
  }: Partial<typeof waitingDefaults> & {
    say?: (line: string) => void;
    reachable?: (url: URL, ms: number) => Promise<boolean>;
  } = {},
): Waiting {
  const times = {
    patience: patience ?? waitingDefaults.patience,
    again: again ?? waitingDefaults.again,
    reach: reach ?? waitingDefaults.reach,
  };
  const { origin } = new URL(url); // without path and parameters: they may hold a key
  let [failures, why, pause, over] = [0, "", 0, false];

  const tell = (): void => {
    const now = performance.now();
    if (over || now - (lastSaid.get(origin) ?? -Infinity) < times.again) return;
    lastSaid.set(origin, now);
    const next =
      failures === 0
        ? `waiting up to ${duration(plan.timeoutSeconds)} for it`
        : `trying again${pause >= 1 ? ` in ${duration(pause)}` : ""}, attempt ${failures + 1}`;
    say(
      `${name} (${origin}) does not answer${why === "" ? "" : `: ${why}`}; ${next} (${plan.attempts} attempts, ` +
        `at most ${duration(longest(plan))} in all). Interrupt to stop waiting.`,
    );
  };
  const look = async (): Promise<void> => {
    // a server that accepts connections is working on the request
    if (failures > 0 || !(await reachable(new URL(url), times.reach))) tell();
    if (!over) timer = setTimeout(() => void look(), times.patience).unref();
  };
  let timer = setTimeout(() => void look(), times.patience).unref();
  return {
    failed(reason, seconds) {
      failures++;
      [why, pause] = [reason.slice(0, 160), seconds];
    },
    end() {
      over = true;
      clearTimeout(timer);
    },
  };
}

/** Seconds that a call may take where every attempt runs out of time. */
export const longest = ({ attempts, timeoutSeconds, firstPause }: WaitPlan): number =>
  attempts * timeoutSeconds +
  Array.from({ length: attempts - 1 }, (_, i) => Math.min(firstPause * 2 ** i, 30)).reduce(
    (sum, pause) => sum + pause,
    0,
  );

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

function takesConnections({ hostname, port, protocol }: URL, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
    });
    const end = (answer: boolean): void => (socket.destroy(), clearTimeout(timer), resolve(answer));
    const timer = setTimeout(() => end(false), ms);
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
