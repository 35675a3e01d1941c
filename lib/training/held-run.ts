import type { Run } from "../core/run";

/** A run that proceeds only while a consumer takes its steps. A consumer that stops leaves it paused. */
export interface HeldSteps<Step> extends Run<Step> {
  /** The run makes no further step until `resume`. The step under way is finished, and kept for the next consumer. */
  pause(): void;
  /** The run makes steps again, from where `pause` stopped it. */
  resume(): void;
  readonly paused: boolean;
  /** Ends the run for good: its last finished step is saved, and its memory is freed. */
  stop(): Promise<void>;
}

/**
 * Holds a run. `return`, which a loop calls when it is left and `watch` calls when its cell is interrupted, pauses the
 * run instead of ending it: the next loop over it goes on with the next step, and no step is lost.
 */
export function held<Step>(steps: AsyncGenerator<Step, void>): HeldSteps<Step> {
  const kept: IteratorResult<Step, void>[] = []; // of steps whose consumer had left when they were finished
  let left = false; // whether the consumer has left; a new loop over the run is a new consumer
  let loops = 0; // over the run, begun so far
  let underWay: Promise<unknown> | undefined;
  let paused = false;
  let over = false; // ended by itself: a pause then holds nothing
  let wake: (() => void) | undefined;
  const gate = async (): Promise<void> => {
    while (paused && !left && !over) await new Promise<void>((resolve) => (wake = resolve));
  };
  const run: HeldSteps<Step> = {
    async next() {
      const ended = { done: true as const, value: undefined };
      if (left) return ended;
      const own = loops;
      const gone = () => left || own !== loops;
      await underWay;
      if (gone()) return ended;
      const before = kept.shift();
      if (before) return before;
      await gate();
      if (gone()) return ended;
      const step = (async (): Promise<IteratorResult<Step, void>> => {
        const result = await steps.next();
        over = result.done === true;
        if (!gone() || result.done) return result;
        kept.push(result);
        return ended;
      })();
      underWay = step.catch(() => undefined);
      return step.finally(() => (underWay = undefined));
    },
    async return() {
      left = true; // the run stays where it is, at the end of a step
      wake?.();
      return { done: true, value: undefined };
    },
    throw: (error) => steps.throw(error),
    pause: () => void (paused = true),
    resume() {
      paused = false;
      wake?.();
    },
    get paused() {
      return paused;
    },
    async stop() {
      left = true;
      wake?.();
      await underWay;
      await steps.return();
    },
    [Symbol.asyncIterator]() {
      left = false;
      loops++;
      return run;
    },
    ...(Symbol.asyncDispose && { [Symbol.asyncDispose]: () => run.stop() }),
  } as HeldSteps<Step>;
  return run;
}
