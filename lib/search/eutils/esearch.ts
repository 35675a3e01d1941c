import { elements, readXml, textAt, textOf, type XmlElement } from "../../data/files/xml";
import type { Reply } from "../remote/exchange";
import { again, answer, excerpt, type Verdict, verdictOfStatus } from "../remote/verdict";
import { asObject, asTexts, looseJson } from "../remote/json";

/** One page of an ESearch. */
export interface Page {
  readonly count: number; // of all matches
  readonly ids: readonly string[]; // of this page, best first
  readonly warnings: readonly string[]; // what PubMed dropped or repaired, in the words of `literature`
  readonly translation: string; // the query as it was understood; "" if the reply does not say
  /** the name of the result set on the server */
  readonly history?: { readonly WebEnv: string; readonly query_key: string };
}

/** The fields of an ESearch result, from JSON or XML. */
interface Fields {
  readonly error: string;
  readonly count: string;
  readonly ids: readonly string[];
  readonly phrasesNotFound: readonly string[];
  readonly fieldsNotFound: readonly string[];
  readonly phrasesIgnored: readonly string[];
  readonly quotedNotFound: readonly string[];
  readonly messages: readonly string[];
  readonly translation: string;
  readonly history: { readonly WebEnv: string; readonly query_key: string };
}

/**
 * Reads the reply to an ESearch for `asked` identifiers. NCBI's replies have these meanings:
 *
 *   a count and identifiers, with or without warnings     an answer
 *   ERROR "Can't run executor", with the reason in its    an answer without hits: the query is at fault
 *     error and warning lists (PubMed until 2020)
 *   ERROR "Empty term …"                                  the same, if no word was sent
 *   fewer identifiers than the count states               an answer with a warning, which is not kept
 *   a message that the backend failed, in any reply       an outage
 *   ERROR "Invalid db name …"                             a mistake of the caller
 *   {"error": "API key invalid"}                          a mistake of the caller
 *   any other ERROR ("Search Backend failed: …"),         an outage, whatever the status is
 *     429, 5xx, a web page, a broken body
 *   a count above zero with no identifiers                an outage
 */
export function readSearch(asked: number, offset = 0, term = ""): (reply: Reply) => Verdict<Page> {
  return (reply) => {
    const decided = verdictOfStatus(reply);
    if (decided) return decided;
    const fields = fieldsOf(reply.body);
    if (reply.status >= 400)
      return {
        kind: "refused",
        why: `HTTP ${reply.status}: ${excerpt(reply.body)}`,
        fix: "NCBI may have changed its interface: look for a newer version.",
      };
    if (!fields) return again(`a reply that is no search result: ${excerpt(reply.body)}`);
    return fields.error ? ofError(fields, term) : ofPage(fields, asked, offset);
  };
}

function ofError(fields: Fields, term: string): Verdict<Page> {
  const { error } = fields;
  if (/(invalid|wrong) db( ?name)?/i.test(error))
    return {
      kind: "mistake",
      why: `NCBI knows no such database: ${error}`,
      fix: 'Write database as EInfo lists it, like "pubmed" or "pmc".',
    };
  // the term was lost on the way
  if (/empty term/i.test(error) && /[\p{L}\p{N}]/u.test(term)) return again(`"${error}", though a term was sent`);
  if (/empty term/i.test(error)) return answer(nothing(["empty query"]));
  const warnings = warningsOf(fields);
  if (/can't run executor/i.test(error) && warnings.length > 0) return answer(nothing(warnings));
  return again(error);
}

function ofPage(fields: Fields, asked: number, offset: number): Verdict<Page> {
  if (!/^\d+$/.test(fields.count)) return again("a search result without a count");
  const count = Number(fields.count);
  const due = Math.max(0, Math.min(asked, count - offset));
  if (due > 0 && fields.ids.length === 0) return again(`${count} matches and no identifier among them`);
  const failure = fields.messages.find((message) =>
    /backend|temporarily|try again|time-?d? ?out|server error|unavailable/i.test(message),
  );
  if (failure !== undefined && count === 0) return again(failure);
  const warnings = warningsOf(fields);
  const short = fields.ids.length < due;
  if (short) warnings.push(`${fields.ids.length} identifiers came where ${due} were due`);
  const { WebEnv, query_key } = fields.history;
  const page = answer<Page>({
    count,
    ids: fields.ids,
    warnings,
    translation: fields.translation,
    ...(WebEnv && query_key ? { history: { WebEnv, query_key } } : {}),
  });
  return short ? { ...page, passing: true } : page;
}

const nothing = (warnings: readonly string[]): Page => ({ count: 0, ids: [], warnings, translation: "" });

function warningsOf({ phrasesNotFound, fieldsNotFound, quotedNotFound, phrasesIgnored, messages }: Fields): string[] {
  return [
    ...phrasesNotFound.map((phrase) => `phrase not found: ${phrase}`),
    ...fieldsNotFound.map((field) => `field not found: [${field}]`),
    ...quotedNotFound.map((phrase) => `quoted phrase not found: ${phrase}`),
    ...(phrasesIgnored.length ? [`phrases ignored: ${phrasesIgnored.join(", ")}`] : []),
    ...messages.map((message) => (message === "No items found." ? "no items found" : message)),
  ];
}

function fieldsOf(body: string): Fields | undefined {
  return body.trimStart().startsWith("<") ? fromXml(body) : fromJson(body);
}

function fromJson(body: string): Fields | undefined {
  const root = looseJson(body);
  const result = asObject(root?.["esearchresult"]);
  if (!result) return undefined;
  const [errors, warnings] = [asObject(result["errorlist"]) ?? {}, asObject(result["warninglist"]) ?? {}];
  return {
    error: textOr(result["ERROR"]) || textOr(root?.["error"]),
    count: textOr(result["count"]),
    ids: asTexts(result["idlist"]),
    phrasesNotFound: asTexts(errors["phrasesnotfound"]),
    fieldsNotFound: asTexts(errors["fieldsnotfound"]),
    phrasesIgnored: asTexts(warnings["phrasesignored"]),
    quotedNotFound: asTexts(warnings["quotedphrasesnotfound"]),
    messages: asTexts(warnings["outputmessages"]),
    translation: textOr(result["querytranslation"]),
    history: { WebEnv: textOr(result["webenv"]), query_key: textOr(result["querykey"]) },
  };
}

const textOr = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

function fromXml(body: string): Fields | undefined {
  const root = parsedXml(body);
  if (root?.name !== "eSearchResult") return undefined;
  const all = (...path: readonly string[]): readonly string[] => elements(root, ...path).map(textOf);
  return {
    error: textAt(root, "ERROR"),
    count: textAt(root, "Count"),
    ids: all("IdList", "Id"),
    phrasesNotFound: all("ErrorList", "PhraseNotFound"),
    fieldsNotFound: all("ErrorList", "FieldNotFound"),
    phrasesIgnored: all("WarningList", "PhraseIgnored"),
    quotedNotFound: all("WarningList", "QuotedPhraseNotFound"),
    messages: all("WarningList", "OutputMessage"),
    translation: textAt(root, "QueryTranslation"),
    history: { WebEnv: textAt(root, "WebEnv"), query_key: textAt(root, "QueryKey") },
  };
}

function parsedXml(body: string): XmlElement | undefined {
  try {
    return readXml(body, "ESearch");
  } catch {
    return undefined; // an outage; the caller quotes the body
  }
}
