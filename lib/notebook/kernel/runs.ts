import type { Message } from "./wire/messages";

/** Which request each run answers: output that arrives late still belongs to the cell that caused it. */
export interface Runs {
  begin(request: Message): number;
  /** The request of a run; for run 0, text that belongs to no run, the latest one. */
  cause(run: number): Message | undefined;
}

const runsDefaults = { remembered: 10_000 }; // later output of older runs goes to the latest

export function createRuns({ remembered } = runsDefaults): Runs {
  const causes = new Map<number, Message>();
  let count = 0;
  return {
    begin(request) {
      causes.set(++count, request);
      causes.delete(count - remembered);
      return count;
    },
    cause: (run) => causes.get(run) ?? causes.get(count),
  };
}
