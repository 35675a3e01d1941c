import type { TrainingStep } from "../../../training/loop/training-step";

/** What begins a line of a job's log that its Python wrote for this library. JSON follows. */
export const mark = "::deepretrieval:: ";

/** The record of a marked line; undefined for any other line. */
function markedRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  return line.startsWith(mark) ? record(line.slice(mark.length)) : undefined;
}

/** The records of the marked lines. */
export const markedRecords = (lines: readonly string[]): Readonly<Record<string, unknown>>[] =>
  lines.flatMap((line) => {
    const found = markedRecord(line);
    return found ? [found] : [];
  });

/**
 * Reads the steps of a run out of the lines of its log, each step once. Lines of verl's file logger,
 * `{"step": 1, "data": {…}}`, have all digits, and verl's console lines, `step:1 - name:value - …`, are left out where
 * the log promises the others.
 */
export function stepReader(): (line: string) => TrainingStep | undefined {
  let last = -1;
  let promised = false; // rows of the file logger
  return (line) => {
    const marked = markedRecord(line);
    promised ||= marked?.["kind"] === "metrics";
    const row = marked ? loggedStep(marked) : promised ? undefined : (consoleStep(line) ?? loggedStep(record(line)));
    if (!row || row.step <= last) return undefined; // a run that goes on from a checkpoint tells some steps again
    last = row.step;
    return row;
  };
}

function record(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined; // a line that only begins like JSON
  }
}

/** A row of verl's file logger as a step of ours. */
export function loggedStep(row: Readonly<Record<string, unknown>> | undefined): TrainingStep | undefined {
  const { step, data } = row ?? {};
  if (!Number.isSafeInteger(step) || typeof data !== "object" || data === null) return undefined;
  return ourStep(step as number, Object.entries(data));
}

/** A console line of verl; numbers of numpy are written as `np.float64(0.5)`. */
function consoleStep(line: string): TrainingStep | undefined {
  const [, step, rest] = /^step:(\d+) - (.+)$/.exec(line) ?? [];
  if (step === undefined) return undefined;
  const pairs = rest!.split(" - ").map((part) => {
    const at = part.lastIndexOf(":");
    return [part.slice(0, at), Number(part.slice(at + 1).replace(/^np\.\w+\((.*)\)$/, "$1"))] as const;
  });
  return ourStep(Number(step), pairs);
}

/** verl's names that a run on this machine spells otherwise. The first that a step has is taken. */
const renamed: readonly (readonly [ours: string, theirs: readonly string[]])[] = [
  ["reward/mean", ["critic/score/mean"]], // before the KL penalty
  ["critic/kl", ["actor/reward_kl_penalty", "actor/kl_loss"]],
  ["critic/kl_coeff", ["actor/reward_kl_penalty_coeff"]],
];

/** verl keeps one measure of validation under val-core and all others under val-aux. */
const validation = /^val-aux\/(.+\/mean@1)$/;

/** verl's metrics and those of ours that they give. Values that are no finite number are left out. */
function ourStep(step: number, pairs: readonly (readonly [string, unknown])[]): TrainingStep {
  const theirs = Object.fromEntries(
    pairs.filter((pair): pair is readonly [string, number] => typeof pair[1] === "number" && Number.isFinite(pair[1])),
  );
  const ours = renamed.flatMap(([name, from]) => {
    const found = from.find((each) => each in theirs);
    return found === undefined ? [] : [[name, theirs[found]!] as const];
  });
  const validated = Object.entries(theirs).flatMap(([name, value]) => {
    const [, rest] = validation.exec(name) ?? [];
    return rest === undefined ? [] : [[`val-core/${rest}`, value] as const];
  });
  return { step, "training/global_step": step, ...Object.fromEntries([...ours, ...validated]), ...theirs };
}
