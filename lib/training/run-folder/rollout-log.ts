import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { writeAtomic } from "../../core/files/atomic";
import type { Problem } from "../../core/records";
import type { LoggedRollout, StepRollouts } from "../../core/written";
import type { Rollout } from "../loop/rollout";

/**
 * The rollouts of a run: one line a step, written as soon as they are scored. No generated text is lost. A run that was
 * killed repeats its last updates with them, without sampling or searching again.
 */
export interface RolloutLog {
  /** Responses of a step that are on disk; 0 where there are none. */
  count(step: number): number;
  /**
   * The rollouts of a step that are on disk, or its greedy ones, if they belong to `problems`. A prompt has `group`
   * rollouts in a row.
   */
  of(
    step: number,
    problems: readonly Problem[],
    encode: (problem: Problem) => readonly number[],
    group?: number,
    part?: "rollouts" | "greedy",
  ): Rollout[] | undefined;
  add(step: number, rollouts: readonly Rollout[], besides?: StepBesides): void;
  /** Removes the rollouts of a step whose update failed, since it would fail with them again. */
  drop(step: number): void;
}

/** What a line has besides the rollouts. */
interface StepBesides {
  readonly measures: readonly string[]; // that the task declares
  readonly greedy?: readonly Rollout[] | undefined;
}

/** Opens the log of a run that continues after `step`. Lines that a crash has cut are dropped. */
export function rolloutLog(file: string, step: number): RolloutLog {
  const known = new Map<number, StepRollouts>();
  if (existsSync(file)) {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .flatMap((text) => parsed(text) ?? []);
    for (const line of lines) known.set(line.step, line);
    writeAtomic(file, [...known.values()].map(textOf).join(""));
  }
  for (const old of [...known.keys()]) if (old <= step) known.delete(old);
  return {
    count: (at) => known.get(at)?.rollouts.length ?? 0,
    of(at, problems, encode, group = 1, part = "rollouts") {
      const rollouts = known.get(at)?.[part];
      if (rollouts?.length !== problems.length || rollouts.some(({ id }, i) => id !== problems[i]!.id))
        return undefined;
      return rollouts.map(({ completion, score }, i) => ({
        problem: problems[i]!,
        completion,
        score,
        prompt: encode(problems[i]!),
        response: completion.tokens,
        group: Math.floor(i / group),
      }));
    },
    add(at, rollouts, { measures = [], greedy } = { measures: [] }) {
      const besides = { ...(measures.length > 0 && { measures }), ...(greedy && { greedy: greedy.map(logged) }) };
      appendFileSync(file, textOf({ step: at, rollouts: rollouts.map(logged), ...besides }));
    },
    drop(at) {
      if (!existsSync(file)) return;
      known.delete(at);
      const lines = readFileSync(file, "utf8")
        .split("\n")
        .flatMap((text) => parsed(text) ?? []);
      writeAtomic(
        file,
        lines
          .filter((line) => line.step !== at)
          .map(textOf)
          .join(""),
      );
    },
  };
}

/** A rollout as a line of the log stores it. */
export const logged = ({
  problem,
  completion,
  score,
}: Pick<Rollout, "problem" | "completion" | "score">): LoggedRollout => ({
  id: problem.id,
  question: problem.query,
  completion,
  score,
});

const textOf = (line: StepRollouts): string => `${JSON.stringify(line)}\n`;

function parsed(text: string): StepRollouts | undefined {
  if (!text.endsWith("}")) return undefined;
  try {
    return JSON.parse(text) as StepRollouts;
  } catch {
    return undefined; // a crash may have cut the last one
  }
}
