// Ajv checks values against JSON Schema. The web framework checks with it, too; here its complaints become pydantic's.
import Ajv, { type ErrorObject } from "ajv";
import type { Issue } from "./issue";

/** A JSON Schema, which is published as it stands. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, addUsedSchema: false });
const most = 20; // issues that are reported

/**
 * What is wrong with a value, by a schema: pydantic's types and messages, in the order in which the schema is read.
 * Clients of the Python servers know these.
 */
export function checker(schema: JsonSchema): (value: unknown) => readonly Issue[] {
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, most).map(issueOf));
}

type Written = Omit<Issue, "loc" | "input">;

/** By the type of JSON that is asked for. */
const typeIssues: Readonly<Record<string, Written>> = {
  string: { type: "string_type", msg: "Input should be a valid string" },
  integer: { type: "int_type", msg: "Input should be a valid integer" },
  number: { type: "float_type", msg: "Input should be a valid number" },
  boolean: { type: "bool_type", msg: "Input should be a valid boolean" },
  object: { type: "dict_type", msg: "Input should be a valid dictionary" },
  array: { type: "list_type", msg: "Input should be a valid list" },
};

/** By the keyword of the schema that is broken. */
const keywords: Readonly<Record<string, (error: ErrorObject) => Written>> = {
  required: () => ({ type: "missing", msg: "Field required" }),
  additionalProperties: () => ({ type: "extra_forbidden", msg: "Extra inputs are not permitted" }),
  minLength: ({ params }) => ({
    type: "string_too_short",
    msg: `String should have at least ${counted(params["limit"] as number, "character")}`,
    ctx: { min_length: params["limit"] },
  }),
  maxLength: ({ params }) => ({
    type: "string_too_long",
    msg: `String should have at most ${counted(params["limit"] as number, "character")}`,
    ctx: { max_length: params["limit"] },
  }),
  minItems: ({ params }) => ({
    type: "too_short",
    msg: `List should have at least ${counted(params["limit"] as number, "item")}`,
    ctx: { min_length: params["limit"] },
  }),
  maxItems: ({ params }) => ({
    type: "too_long",
    msg: `List should have at most ${counted(params["limit"] as number, "item")}`,
    ctx: { max_length: params["limit"] },
  }),
  minimum: ({ params }) => ({
    type: "greater_than_equal",
    msg: `Input should be greater than or equal to ${params["limit"]}`,
    ctx: { ge: params["limit"] },
  }),
  type: ({ params, data }) => {
    const wanted = [params["type"]].flat()[0] as string;
    return wanted === "integer" && typeof data === "string"
      ? {
          type: "int_parsing",
          msg: "Input should be a valid integer, unable to parse string as an integer",
        }
      : (typeIssues[wanted] ?? { type: "type_error", msg: `Input should be ${wanted}` });
  },
};

function issueOf(error: ErrorObject): Issue {
  const { instancePath, keyword, params, data, message = "is not valid" } = error;
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const key = (params["missingProperty"] ?? params["additionalProperty"]) as string | undefined;
  const input =
    keyword === "additionalProperties" && key !== undefined ? (data as Readonly<Record<string, unknown>>)[key] : data;
  const written = keywords[keyword]?.(error) ?? { type: "value_error", msg: `Input ${message}` };
  const { type, msg, ctx } = written;
  return { type, loc: key === undefined ? path : [...path, key], msg, input, ...(ctx && { ctx }) };
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
