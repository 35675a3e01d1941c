import type { Task } from "../../core/roles";
import { promptsOf } from "../../core/task-outputs";
import type { Policy } from "../../models/policy";
import { isServed, type ServedPolicy } from "../served/served-policy";

/**
 * Throws RangeError for problems whose prompts leave no room for a response, since the run would stop at the first of
 * them. A token has a byte or more, so most prompts need not be tokenised.
 */
export function expectRoom(where: string, policy: Policy | ServedPolicy, task: Task): void {
  const context = isServed(policy) ? policy.context : policy.config.max_position_embeddings;
  const full = task.problems.filter((problem) => {
    const [prompt] = promptsOf(task, [problem]) as [string];
    return Buffer.byteLength(prompt) >= context - 8 && policy.room(prompt) < 1;
  });
  if (!full.length) return;
  const ids = full
    .slice(0, 5)
    .map(({ id }) => id)
    .join(", ");
  throw new RangeError(
    `${where}: the prompts of ${full.length} of ${task.problems.length} problems of ${task.name} fill the model's ` +
      `context of ${context} tokens and leave no room for a response: ${ids}${full.length > 5 ? ", …" : ""}. Shorten ` +
      "them, or leave these problems out.",
  );
}
