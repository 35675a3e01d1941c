import type { Problem } from "../../core/records";
import type { Task } from "../../core/roles";
import { openedBy } from "../../prompts/answer";

/**
 * The prompt that a turn continues, where a wire does not say it. Some chat templates open the thought and some leave
 * it to the model, so the text itself tells: it continues the prompt of the task unless it holds the tag that this
 * opens.
 */
export function continuedPrompt(task: Task, problem: Problem, turn: string): string {
  const prompt = task.prompt(problem);
  const opened = openedBy(prompt).trim();
  return opened !== "" && turn.includes(opened) ? "" : prompt;
}
