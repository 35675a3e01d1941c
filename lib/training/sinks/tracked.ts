import type { Run } from "../../core/run";
import type { StepFigures, Sink } from "./sink";

/** Steps that a sink has not taken yet. */
interface Pending {
  readonly sink: Sink;
  readonly steps: StepFigures[];
  warned: boolean;
}

/**
 * The same run, whose steps are also given to sinks as they come: TensorBoard, MLflow, Weights & Biases, trackio, or
 * one of your own.
 *
 * A tracking server that is down never ends a run: its steps are kept and given again with the next ones and at the
 * end, and one warning says so. Steps that it never took are in metrics.jsonl of a run with a folder.
 *
 * @param warn takes the one sentence about a sink that fails; a process warning by default
 */
export function tracked<Step extends object, R extends Run<Step>>(
  run: R,
  sinks: readonly Sink[],
  warn: (text: string) => void = (text) => process.emitWarning(text),
): R {
  const pending: Pending[] = sinks.map((sink) => ({ sink, steps: [], warned: false }));
  let closed = false;
  const give = async (each: Pending): Promise<void> => {
    if (each.steps.length === 0) return;
    try {
      await each.sink.log([...each.steps]);
      each.steps.length = 0;
    } catch (error) {
      if (!each.warned)
        warn(
          `${each.sink.name} did not take the figures of the run: ${messageOf(error)}. The run goes on, and they ` +
            "are given again later.",
        );
      each.warned = true;
    }
  };
  const close = async (how: "finished" | "failed"): Promise<void> => {
    if (closed) return;
    closed = true;
    for (const each of pending) {
      await give(each);
      if (each.steps.length > 0) warn(`${each.sink.name} never took ${each.steps.length} steps of the run.`);
      try {
        await each.sink.close(how);
      } catch (error) {
        warn(`${each.sink.name} could not be told that the run ended: ${messageOf(error)}.`);
      }
    }
  };
  const after = async (call: () => Promise<IteratorResult<Step, void>>): Promise<IteratorResult<Step, void>> => {
    try {
      const result = await call();
      if (result.done) await close("finished");
      else {
        for (const each of pending) each.steps.push({ ...result.value } as unknown as StepFigures);
        await Promise.all(pending.map(give));
      }
      return result;
    } catch (error) {
      await close("failed");
      throw error;
    }
  };
  const steps: Partial<AsyncGenerator<Step, void>> = {
    next: () => after(() => run.next()),
    return: (value) => after(() => run.return(value)),
    throw: (error) => after(() => run.throw(error)),
  };
  return new Proxy(run, {
    get: (target, name) => {
      const own: unknown = steps[name as keyof typeof steps] ?? Reflect.get(target, name, target);
      return typeof own === "function" && name !== Symbol.asyncIterator ? (own.bind(target) as unknown) : own;
    },
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
