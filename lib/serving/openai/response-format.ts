import type { Grammar, GrammarPart } from "../../core/grammar";
import { answerGrammar } from "../../prompts/answer-grammar";
import { HttpError } from "../http/http-error";

/** What OpenAI calls response_format, with a form of our own: the answer that this library's prompts ask for. */
export interface ResponseFormat {
  readonly type: string; // "text", "json_schema", "answer"
  readonly json_schema?: { readonly schema?: unknown };
  readonly opened?: string; // of an answer: what the prompt has opened already, "<think>" or "<answer>"
  readonly reasoning?: boolean; // of an answer: whether it begins with <think>
  readonly key?: string; // of an answer: "query" or "sql"
}

const refuse = (message: string): never => {
  throw new HttpError(400, message, { code: "invalid_request", param: "response_format" });
};

/** The grammar of a format; undefined for free text. Throws HttpError 400 for a form that no grammar here describes. */
export function responseGrammar(format: ResponseFormat): Grammar | undefined {
  const { type, opened = "", reasoning = true, key = "query" } = format;
  if (type === "text") return undefined;
  if (type === "answer" && (key === "query" || key === "sql")) return answerGrammar({ opened, reasoning, key });
  if (type === "json_schema") return objectOfTexts(format.json_schema?.schema);
  return refuse(
    `response_format ${JSON.stringify(type.slice(0, 40))} is not supported. Supported are text, json_schema for an ` +
      'object of texts, and {"type": "answer"} for <think>…</think><answer>{"query": …}</answer>.',
  );
}

/** The grammar of an object whose properties are all texts that are required: in the order of the schema. */
function objectOfTexts(schema: unknown): Grammar {
  const { type, properties } = (schema ?? {}) as { type?: unknown; properties?: Readonly<Record<string, unknown>> };
  const entries = Object.entries(properties ?? {});
  const plain = entries.every(
    ([name, value]) => /^[\w -]{1,40}$/.test(name) && (value as { type?: unknown } | null)?.type === "string",
  );
  if (type !== "object" || entries.length === 0 || entries.length > 16 || !plain)
    refuse(
      "response_format: this server writes objects of up to 16 properties, all of type string. Simplify the schema.",
    );
  const literal = (text: string): GrammarPart => ({ kind: "literal", text });
  return [
    literal("{"),
    ...entries.flatMap(([name], i) => [
      ...(i > 0 ? [literal(",")] : []),
      literal(JSON.stringify(name)),
      literal(":"),
      literal('"'),
      { kind: "string", without: [] } as const,
    ]),
    literal("}"),
  ];
}
