import { random } from "../../core/random";
import type { Score } from "../../core/records";
import type { Task } from "../../core/roles";

const fewest = 8; // problems of a validation, however slow it is
const first = 64; // problems of the first validation, whose duration is not known
const mostKept = 50_000; // scores

/** The validations of a run. */
interface ValidationBudget {
  /** The task of the next validation: all of its problems, or as many as the budget allows. */
  next(): Task;
  /** Records a validation: the number of problems answered, and seconds. */
  spent(problems: number, seconds: number): void;
}

/**
 * Limits validation to `share` of the wall clock. 1 is no limit: every problem is validated every time. A smaller share
 * validates the first problems of one fixed order, as many as the time since the last validation allows; their number
 * depends on the machine. An answer that was scored before is not scored again, since greedy answers repeat.
 */
export function validationBudget(
  task: Task,
  { share, seed }: { readonly share: number; readonly seed: number },
): ValidationBudget {
  const order = random(seed).fork("validation").shuffle(task.problems);
  const known = new Map<string, Score>();
  let secondsEach: number | undefined; // of one problem, in the last validation
  let since = performance.now();
  const affordable = (): number => {
    if (share >= 1) return order.length;
    if (secondsEach === undefined) return first;
    const trained = (performance.now() - since) / 1000;
    return Math.floor((trained * share) / (1 - share) / Math.max(secondsEach, 1e-6));
  };
  return {
    next() {
      const count = Math.min(order.length, Math.max(fewest, affordable()));
      return {
        ...task,
        problems: count === order.length ? task.problems : order.slice(0, count),
        async score(problem, completion, options) {
          const key = JSON.stringify([problem.id, completion]);
          const before = known.get(key);
          if (before) return before;
          const score = await task.score(problem, completion, options);
          if (known.size >= mostKept) known.clear();
          known.set(key, score);
          return score;
        },
      };
    },
    spent(problems, seconds) {
      secondsEach = seconds / (problems || 1);
      since = performance.now();
    },
  };
}
