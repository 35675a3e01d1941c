import { either, flag, having, oneOf, orInfinity, text, whole, type Range } from "../core/ranges";
import type { Problem } from "../core/records";
import type { DatasetExample } from "../data/datasets/dataset";
import { learnTemplate, renderPrompt, schemaSlot, slotsOf, type Template } from "../prompts/learned";
import { type Wording, type WordingOptions, worded } from "../prompts/wording";

/** Where prompts come from. */
export interface PromptOptions extends Omit<WordingOptions, "wording"> {
  /** rows of one question are one problem, unless false: then each is one, "ID#2" the second */
  readonly merge?: boolean;
  /** the data's own wording where they bring it ("data"), which published checkpoints need; or ours */
  readonly prompts?: "data" | "own";
}

/** The allowed values of these options. */
const promptRanges: Readonly<Record<keyof PromptOptions, Range>> = {
  chat: either(text, having("a chat format")),
  reasoning: flag,
  brief: flag,
  merge: flag,
  prompts: oneOf("data", "own"),
};

/** Options that the builders of tasks share. */
export const builderRanges = {
  ...promptRanges,
  k: whole(1),
  limit: orInfinity(whole(1)),
  profile: oneOf("safe", "reference"),
  source: text,
} as const satisfies Readonly<Record<string, Range>>;

/** Problems and how each is put to a model. */
interface Prompted {
  readonly problems: readonly Problem[];
  readonly prompt: (problem: Problem) => string;
}

/**
 * The problems of a data set with its own prompts, where it brings any: a template for each data_source, learnt from
 * the rows and checked against all of them, which also puts new questions. Data without prompts get the library's own
 * wording. Rows that are the same question (SciFact has one for each of its documents) become one problem with all
 * judgments.
 */
export function prompted(
  examples: readonly DatasetExample[],
  own: Wording,
  { prompts = "data", merge = true, ...options }: PromptOptions = {},
): Prompted {
  const together = merge ? merged : numbered;
  const ours = (problem: Problem): string => worded(problem, { ...options, wording: own });
  const bare = examples.filter(({ prompt }) => prompt === undefined).length;
  if (prompts === "data" && bare > 0 && bare < examples.length)
    throw new RangeError(
      `prompted: ${bare} of ${examples.length} rows have no prompt. Give all of them one, or pass { prompts: "own" }.`,
    );
  if (bare > 0) return { problems: together(examples.map(({ problem }) => problem)), prompt: ours };
  const learntSources = [...sources(examples).values()].map(learnt);
  const problems = together(learntSources.flatMap((source) => source.problems));
  if (prompts === "own") return { problems, prompt: ours };
  const templates = new Map(
    learntSources.flatMap((source) => source.problems.map(({ id }) => [id, source.template] as const)),
  );
  const anyOther = learntSources[0]!.template;
  return {
    problems,
    prompt: (problem) =>
      renderPrompt(
        templates.get(problem.id) ?? templates.get(problem.id.replace(/#\d+$/, "")) ?? anyOther,
        fieldsOf(problem),
      ),
  };
}

function sources(examples: readonly DatasetExample[]): Map<string, DatasetExample[]> {
  const groups = new Map<string, DatasetExample[]>();
  for (const example of examples) {
    const group = groups.get(example.source) ?? [];
    groups.set(example.source, group);
    group.push(example);
  }
  return groups;
}

/** The template of one data_source, and its problems with the schema that only their prompts hold. */
function learnt(examples: readonly DatasetExample[]): {
  readonly template: Template;
  readonly problems: readonly Problem[];
} {
  const rows = examples.map(({ prompt, fields }) => ({ prompt: prompt!, fields }));
  const template = learnTemplate(rows);
  const problems = examples.map(({ problem }, i) => {
    const schema = slotsOf(template, rows[i]!)?.[schemaSlot];
    return problem.sql && schema !== undefined ? { ...problem, sql: { ...problem.sql, schema } } : problem;
  });
  return { template, problems };
}

/** A problem under every name that a column may have had. */
const fieldsOf = ({ query, sql }: Problem): Record<string, string> => ({
  input: query,
  query,
  question: query,
  knowledge: sql?.knowledge ?? "",
  [schemaSlot]: sql?.schema ?? "",
});

/** A problem for each row; ids that come again are numbered. */
function numbered(problems: readonly Problem[]): Problem[] {
  const times = new Map<string, number>();
  return problems.map((problem) => {
    const time = (times.get(problem.id) ?? 0) + 1;
    times.set(problem.id, time);
    return time === 1 ? problem : { ...problem, id: `${problem.id}#${time}` };
  });
}

/** One problem for each id and query, with the judgments of all its rows; ids that come again are numbered. */
function merged(problems: readonly Problem[]): Problem[] {
  const known = new Map<string, Problem>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.id, problem.query]);
    const earlier = known.get(key);
    known.set(key, earlier ? { ...earlier, judgments: { ...earlier.judgments, ...problem.judgments } } : problem);
  }
  return numbered([...known.values()]);
}
