import { parseJson, writeJson } from "../core/json";

/**
 * The form of a turn: what the prompt asks the model to write, and how its text is read.
 *
 *   <think>…</think> … <answer>{"query": "…"}</answer>
 *
 * Read as DeepRetrieval's rewards read it (`validate_response_structure` and `extract_solution`): every tag
 * exactly once and in order, text outside the tags ignored, then `json.loads` of what the answer holds.
 */

/** Why a turn holds no query. */
export type Fault =
  | "structure" // its tags
  | "json" // what the answer holds is not JSON with the key
  | "query" // it has the key, and no text under it
  | "empty"; // nothing between the tags, or between the quotes

/** The key of the JSON that holds the query. */
export type AnswerKey = "query" | "sql";

/** The query inside a turn, or why there is none. */
export type ParsedAnswer =
  | { readonly kind: "query"; readonly query: string }
  | { readonly kind: "malformed"; readonly fault: Fault; readonly why: string };

/** Which values under the key count. */
export type QueryRule =
  | "filled" // a string with something in it
  | "string" // any string, also a blank one: what DeepRetrieval sends to PubMed
  | "any"; // any JSON value, as text: what DeepRetrieval sends to ClinicalTrials.gov

/** How to read an answer. */
export interface AnswerOptions {
  /** the <think> pair is required; without it only <answer> is looked at */
  readonly reasoning?: boolean;
  /** "filled" if absent */
  readonly query?: QueryRule;
  /** "query" if absent */
  readonly key?: AnswerKey;
}

/**
 * Reads the query out of `text`, the assistant's turn with whatever the prompt had opened for it
 * (see `openedBy`). Never throws: bad output is data.
 */
export function parseAnswer(
  text: string,
  { reasoning = true, query: rule = "filled", key = "query" }: AnswerOptions = {},
): ParsedAnswer {
  const disorder = structureFault(text, reasoning ? [...thinkTags, ...answerTags] : answerTags);
  if (disorder !== undefined) return malformed("structure", disorder);
  return queryIn(text.slice(text.indexOf("<answer>") + "<answer>".length, text.indexOf("</answer>")), rule, key);
}

/** Reads the query out of what stands between the tags of an answer. */
function queryIn(answer: string, rule: QueryRule, key: AnswerKey): ParsedAnswer {
  const body = strip(answer);
  if (body === "") return malformed("empty", "nothing between <answer> and </answer>");
  const value = loads(body);
  if (value === undefined) return malformed("json", `the answer is not JSON: ${excerpt(body)}`);
  if (!has(value, key)) return malformed("json", `the answer has no "${key}": ${excerpt(body)}`);
  if (typeof value === "string" || Array.isArray(value))
    return malformed("query", `the answer is not an object with "${key}": ${excerpt(body)}`);
  const query = (value as Readonly<Record<AnswerKey, unknown>>)[key];
  if (typeof query !== "string") {
    return rule === "any" ? written(query, body) : malformed("query", `"${key}" is not a string: ${excerpt(body)}`);
  }
  if (rule === "filled" && strip(query) === "") return malformed("empty", `the ${key} is blank: ${excerpt(body)}`);
  return { kind: "query", query };
}

/**
 * A JSON value as text. JSON.stringify takes the stack's depth, JSON.parse does not: nesting past it is refused, as
 * Python refuses it.
 */
function written(value: unknown, body: string): ParsedAnswer {
  try {
    return { kind: "query", query: writeJson(value) };
  } catch {
    return malformed("json", `the answer is nested too deep: ${excerpt(body)}`);
  }
}

/** Python's `key in value`, which may also be true for lists and strings; false where Python raises. */
function has(value: unknown, key: AnswerKey): boolean {
  if (typeof value === "string" || Array.isArray(value)) return value.includes(key);
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

/**
 * A turn that proposes `query`: the inverse of parseAnswer, for trying a reward by hand and for writing
 * examples. Tags inside the query are escaped, so every query comes back as it went in.
 */
export function formatAnswer(query: string, thought = "…", key: AnswerKey = "query"): string {
  const tag = [...thinkTags, ...answerTags].find((tag) => thought.includes(tag));
  if (tag !== undefined) {
    throw new RangeError(
      `formatAnswer: the thought ${excerpt(thought)} contains ${tag}, which would end it early. Take the tag out.`,
    );
  }
  const json = JSON.stringify({ [key]: query }).replace(/<(?=\/?(?:think|answer)>)/g, "\\u003c");
  return `<think>${thought}</think>\n<answer>${json}</answer>`;
}

/**
 * What `prompt` contains of the assistant's turn: an opened `<think>` or `<answer>`, or nothing.
 * `openedBy(prompt) + completion` is the turn to parse, whatever the question in the prompt contains.
 */
export function openedBy(prompt: string): string {
  return /<(?:think|answer)>\s*$/.exec(prompt)?.[0] ?? "";
}

/**
 * Reads a whole prompt and response as DeepRetrieval's evaluation does, which looks at less than its rewards do: the
 * last <answer>…</answer> of the assistant's turn counts, however often the tags are there and whether or not a thought
 * was closed. SQL is read from the whole text. Never throws: bad output is data.
 *
 * @param solution the prompt with the response after it
 */
export function lastAnswer(
  solution: string,
  { query: rule = "string", key = "query" }: AnswerOptions = {},
): ParsedAnswer {
  const turn = key === "sql" ? solution : assistantTurn(solution);
  let last: string | undefined;
  for (let at = turn.indexOf("<answer>"); at >= 0; ) {
    const from = at + "<answer>".length;
    const to = turn.indexOf("</answer>", from);
    if (to < 0) break;
    last = turn.slice(from, to);
    at = turn.indexOf("<answer>", to);
  }
  if (last === undefined) return malformed("structure", "there is no <answer>…</answer> in the response");
  return queryIn(last, rule, key);
}

/**
 * The assistant's turn inside a whole prompt and response, cut as DeepRetrieval cuts it: after the first
 * "Assistant:", else after the first "<|im_start|>assistant". For recorded strings only, since a question
 * that says "Assistant:" moves the cut. A string with neither mark is taken whole (the reference crashes).
 */
export function assistantTurn(solution: string): string {
  const mark = ["Assistant:", "<|im_start|>assistant"].find((mark) => solution.includes(mark));
  return strip(mark === undefined ? solution : solution.slice(solution.indexOf(mark) + mark.length));
}

export const thinkTags = ["<think>", "</think>"] as const;
export const answerTags = ["<answer>", "</answer>"] as const;

const malformed = (fault: Fault, why: string): ParsedAnswer => ({ kind: "malformed", fault, why });

const excerpt = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** What is wrong with the tags of `text`; undefined if each tag is there once and in the given order. */
function structureFault(text: string, tags: readonly string[]): string | undefined {
  for (const tag of tags) {
    const count = text.split(tag).length - 1;
    if (count !== 1) return `expected ${tags.join("…")}, each once: found ${tag} ${count} times`;
  }
  const late = tags.findIndex((tag, i) => i > 0 && text.indexOf(tag) < text.indexOf(tags[i - 1]!));
  return late < 0
    ? undefined
    : `expected ${tags.join("…")} in this order: found ${tags[late]} before ${tags[late - 1]}`;
}

/**
 * Python's `str.strip()`. JavaScript's `trim()` differs twice: it removes U+FEFF, which Python keeps (and
 * `json.loads` then refuses), and keeps U+001C to U+001F and U+0085, which Python removes.
 */
function strip(text: string): string {
  const space = (i: number): boolean => /[^\S\ufeff]|[\x1c-\x1f\x85]/.test(text.charAt(i));
  let start = 0;
  let end = text.length;
  while (start < end && space(start)) start++;
  while (end > start && space(end - 1)) end--;
  return text.slice(start, end);
}

/**
 * Python's `json.loads`, undefined where it raises. `JSON.parse` agrees with it on raw control characters,
 * single quotes, trailing commas, unknown escapes, lone surrogates and repeated keys (the last one wins).
 * It differs in `NaN`, `Infinity` and `-Infinity`, which Python takes; here they read as null. Two Python
 * limits are left out because no completion reaches them: 4300 digits, and nesting about 1000 deep.
 */
function loads(json: string): unknown {
  const strict = withoutConstants(json);
  if (strict === undefined) return undefined;
  try {
    return parseJson(strict);
  } catch {
    return undefined; // JSON.parse throws only for bad JSON, and bad JSON is data
  }
}

/**
 * `json` with null for the constants that stand outside its strings, in one pass; undefined where a string is not
 * closed.
 */
function withoutConstants(json: string): string | undefined {
  const parts: string[] = [];
  for (let at = 0; ; ) {
    const quote = json.indexOf('"', at);
    const outside = quote < 0 ? json.slice(at) : json.slice(at, quote);
    parts.push(outside.replace(/-?Infinity|NaN/g, " null "));
    if (quote < 0) return parts.join("");
    at = endOfString(json, quote);
    if (at < 0) return undefined;
    parts.push(json.slice(quote, at));
  }
}

/** The index after the string that opens at `quote`, or -1 where it is not closed. */
function endOfString(json: string, quote: number): number {
  for (let i = quote + 1; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i++; // a backslash escapes the next character
  }
  return -1;
}
