import type { Rewriter, Task } from "../../core/roles";

/** The question as the person typed it. It is the baseline of every comparison. */
export const originalQuery: Rewriter = {
  name: "question as typed",
  rewrite: async (problems) => problems.map((problem) => problem.query),
};

/** A query by an expert who knows the engine: an upper reference. Every problem must have one. */
export const expertQuery: Rewriter = {
  name: "expert query",
  rewrite: async (problems) =>
    problems.map(({ id, expert }) => {
      if (expert !== undefined) return expert;
      throw new RangeError(
        `expertQuery: problem ${id} has no expert query. Leave this system out, or give every problem an \`expert\`.`,
      );
    }),
};

/**
 * The systems every task can be measured against: the question as typed and, where the data has them all, the expert.
 */
export const baselines = (task: Task): readonly Rewriter[] =>
  task.problems.every((problem) => problem.expert !== undefined) ? [originalQuery, expertQuery] : [originalQuery];
