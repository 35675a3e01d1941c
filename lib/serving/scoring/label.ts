import { parseJson, writeJson } from "../../core/json";
import { memo } from "../../core/memo";
import type { Problem } from "../../core/records";
import { type Issue, refuse, valueIssue } from "../requests/issue";
import { checker, type JsonSchema } from "../requests/schema-check";
import { problemsById, type ServedTask } from "./served-task";

const id = { type: ["string", "integer"] };

const properties = {
  problem: { ...id, description: "the id of a problem of the task" },
  id: { ...id, description: "a name for errors" },
  query: { type: "string", description: "the question" },
  target: {
    type: ["string", "array"],
    items: id,
    description: "relevant documents, answers, or the gold SQL: what the task is rewarded by",
  },
  score: { type: "array", items: { type: "number" }, description: "a grade for each target; 1 if absent" },
  judgments: { type: "object", additionalProperties: { type: "number" }, description: "grades by document" },
  answers: { type: "array", items: { type: "string" } },
  database: { type: "string", description: "of a question to a database: its name" },
  maxDate: { type: "string", description: '"YYYY/MM/DD": nothing published later may be found' },
  pub_date: { type: "string", description: "the same as maxDate" },
};

/** The label of a completion as a wire may send it. `labelledProblem` also refuses fields that are not known. */
export const labelSchema: JsonSchema = {
  description:
    "the id of a problem of the task; or an object with the gold standard; or either as JSON in a text, as data sets " +
    "with a column of texts have it",
  type: ["string", "integer", "object"],
  properties,
};

const check = checker({ type: "object", properties, additionalProperties: false });
const kept = memo<string, Problem>({ most: 20_000 });

interface LabelFields {
  readonly problem?: string | number;
  readonly id?: string | number;
  readonly query?: string;
  readonly target?: string | readonly (string | number)[];
  readonly score?: readonly number[];
  readonly judgments?: Problem["judgments"];
  readonly answers?: readonly string[];
  readonly database?: string;
  readonly maxDate?: string;
  readonly pub_date?: string;
}

/**
 * The problem that a label stands for: one of the task's, or one that the label itself holds. Equal labels are one
 * object, so that what follows from it is worked out once. Throws status 422 with the place `loc` of the label.
 */
export function labelledProblem(served: ServedTask, label: unknown, loc: Issue["loc"]): Problem {
  if (typeof label === "string" || typeof label === "number" || typeof label === "bigint") {
    const known = problemsById(served.task).get(String(label));
    if (known) return known;
    const inside = typeof label === "string" ? objectIn(label) : undefined;
    if (inside === undefined) refuse([unknownProblem(served, label)], loc);
    return labelledProblem(served, inside, loc);
  }
  refuse(check(label), loc);
  const fields = label as LabelFields;
  if (fields.problem !== undefined) return labelledProblem(served, String(fields.problem), [...loc, "problem"]);
  return kept.getOrCompute(writeJson([served.name, fields]), () => ownProblem(served, fields, loc));
}

const unknownProblem = ({ name, task }: ServedTask, label: unknown): Issue =>
  valueIssue(
    [],
    `there is no problem ${JSON.stringify(String(label).slice(0, 60))} in ${name}; it has ${task.problems.length}, ` +
      `such as ${JSON.stringify(task.problems[0]!.id)}. GET /problems lists them`,
    label,
  );

/** The object that a text holds as JSON, or the id inside quotation marks. */
function objectIn(text: string): unknown {
  if (!/^\s*[{"]/.test(text)) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined; // an id may begin with a brace; the caller says that there is no such problem
  }
}

/** A problem that is not the task's, rewarded as those of the task are. */
function ownProblem({ name, task }: ServedTask, fields: LabelFields, loc: Issue["loc"]): Problem {
  const { id = "of the label", query = "", target, score, maxDate = fields.pub_date } = fields;
  const wrong = (key: string, msg: string, input: unknown): never => {
    refuse([valueIssue([key], msg, input)], loc);
    throw new Error("not reached");
  };
  const common = { id: String(id), query, judgments: {}, ...(maxDate !== undefined && { maxDate }) };
  const sample = task.problems[0]!;
  const list = target === undefined ? undefined : [target].flat().map(String);
  if (sample.sql) {
    if (typeof target !== "string") return wrong("target", `${name} asks databases: it must be the gold SQL`, target);
    const databases = new Set(task.problems.map(({ sql }) => sql?.database));
    const { database = databases.size === 1 ? sample.sql.database : undefined } = fields;
    if (database === undefined || !databases.has(database))
      return wrong("database", `it must be a database of ${name}: ${[...databases].slice(0, 5).join(", ")}`, database);
    return { ...common, sql: { database, gold: target, schema: "" } };
  }
  if (sample.answers) {
    const answers = fields.answers ?? list;
    if (!answers?.length) return wrong("target", `${name} looks for answers: it must be a list of them`, target);
    return { ...common, answers };
  }
  if (fields.judgments) return { ...common, judgments: fields.judgments };
  if (!list?.length) return wrong("target", `${name} looks for documents: it must be a list of ids`, target);
  if (score !== undefined && score.length !== list.length)
    return wrong("score", `it must have ${list.length} grades, one for each target`, score);
  return { ...common, judgments: Object.fromEntries(list.map((docId, i) => [docId, score?.[i] ?? 1])) };
}
