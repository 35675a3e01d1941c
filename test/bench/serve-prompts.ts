import { pubmed } from "../../lib/tasks/pubmed";

/** The prompts of the embedded policy's test questions. */
export async function servePrompts(): Promise<readonly string[]> {
  const task = await pubmed({ split: "test" });
  return task.problems.map((problem) => task.prompt(problem));
}
