import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engine/engine";

export const interruptDefaults = {
  hearing: 250, // ms an engine may take to hear of an interrupt before it counts as busy
  notice: 1_000, // ms after which the reader is told what is waited for
  // The time in ms that a cell that listens to its signal has to end by itself. It is long, because the reader can
  // interrupt again.
  patience: 24 * 3600_000,
  checks: 300, // ms a busy cell has to meet a check of its loops
  grace: 3_000, // ms a cell may take to end once it is told to end at once, on a machine that is not overloaded
};

interface Interruption {
  readonly engine: Pick<Engine, "tell" | "abandon" | "breakOff" | "kill">;
  readonly run: number;
  readonly listens: () => boolean; // whether code of the run has asked for its signal
  readonly ended: AbortSignal; // fires when the cell has ended
  readonly again: AbortSignal; // fires when the reader does not want to wait
  readonly say: (text: string) => void; // to the reader, in the cell
}

/**
 * Stops a run in three stages. First its signal fires: training ends after the present step and returns its results.
 * Then its waits and its busy loops end, and every variable is kept. Where native code computes or a library loops,
 * this does not help, and its process is ended.
 */
export async function stopRun(
  { engine, run, listens, ended, again, say }: Interruption,
  { hearing, notice, patience, checks, grace } = interruptDefaults,
): Promise<void> {
  const told = engine.tell(run).catch(() => false);
  const heard = await within(hearing, [ended], told);
  if (ended.aborted) return;
  const busy = heard === undefined;

  if (heard || (busy && listens())) {
    await within(notice, [ended, again]);
    if (!ended.aborted && !again.aborted) say("stopping after the present step; interrupt again to stop at once\n");
    await within(patience, [ended, again]);
    if (ended.aborted) return;
  }
  // Asks again whether it is busy: the state may have changed.
  const stuck =
    busy ||
    (await within(
      hearing,
      [ended],
      engine.tell(run).catch(() => false),
    )) === undefined;
  engine.abandon(run, stuck);
  await within(checks, [ended]);
  if (ended.aborted) return;
  if (stuck) engine.breakOff();
  const given = grace * overload();
  await within(given, [ended]);
  if (!ended.aborted)
    engine.kill(`the cell did not stop within ${Math.round(given / 1000)} s, so its process was ended`);
}

/**
 * The load of the machine, at least 1: the number of programs that want a processor, for each processor. A process
 * takes about this many times longer than alone.
 */
const overload = (): number => Math.max(1, loadavg()[0]! / availableParallelism());

/** The value of `promise`, or undefined where `ms` pass or a signal fires before. */
async function within<T>(
  ms: number,
  signals: readonly AbortSignal[],
  promise: Promise<T | undefined> = new Promise(() => undefined),
): Promise<T | undefined> {
  const over = new AbortController();
  const fired = signals.map(
    (signal) =>
      new Promise<undefined>((resolve) =>
        signal.aborted
          ? resolve(undefined)
          : signal.addEventListener("abort", () => resolve(undefined), { once: true, signal: over.signal }),
      ),
  );
  const late = sleep(ms, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  try {
    return await Promise.race([promise, late, ...fired]);
  } finally {
    over.abort();
  }
}
