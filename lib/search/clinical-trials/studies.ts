import { asObject } from "../remote/json";
import type { Reply } from "../remote/exchange";
import { again, answer, excerpt, type Verdict, verdictOfStatus } from "../remote/verdict";

/** One page of studies. */
export interface StudyPage {
  readonly ids: readonly string[]; // NCT numbers, best first
  readonly total?: number; // of all matches; on the first page, which asks for it
  readonly next?: string; // the token of the page after this one; absent on the last
  readonly warnings: readonly string[];
}

const shortQuery = 500; // characters; every server takes a URL with a query of this length

/**
 * Reads the reply to GET /studies. A 400 is plain text. If it says that the query cannot be parsed, the answer has no
 * hits and a warning. If it names a parameter or a field, or comes for a later page, this client is out of date.
 */
export function readStudies(later: boolean, length = Infinity): (reply: Reply) => Verdict<StudyPage> {
  return (reply) => {
    const decided = verdictOfStatus(reply);
    if (decided?.kind === "too long" && length < shortQuery)
      return {
        kind: "refused",
        why: `HTTP ${reply.status} for a query of ${length} characters`,
        fix: "Something between here and the service takes no requests like these.",
      };
    if (decided?.kind === "too long") return answer(nothing("query too long: ClinicalTrials.gov does not take it"));
    if (decided) return decided;
    const text = excerpt(reply.body);
    if (reply.status === 400 && !later && /^error parsing query|^too (complex|many (?!requests))/i.test(text))
      return answer(nothing(text));
    if (reply.status >= 400)
      return {
        kind: "refused",
        why: `HTTP ${reply.status}: ${text}`,
        fix: "ClinicalTrials.gov may have changed its interface: look for a newer version.",
      };
    const body = parsed(reply.body);
    const studies = body?.["studies"];
    if (!body || !Array.isArray(studies)) return again(`a reply that is no list of studies: ${text}`);
    const ids = studies.map(
      (study) => asObject(asObject(asObject(study)?.["protocolSection"])?.["identificationModule"])?.["nctId"],
    );
    if (!ids.every((id): id is string => typeof id === "string")) return again("a study without its NCT number");
    const [total, next] = [body["totalCount"], body["nextPageToken"]];
    if (typeof total === "number" && total > 0 && !ids.length) return again(`${total} matches and no study among them`);
    const page = answer<StudyPage>({
      ids,
      warnings: [],
      ...(typeof total === "number" ? { total } : {}),
      ...(typeof next === "string" && next ? { next } : {}),
    });
    return typeof total === "number" && ids.length < total && page.value.next === undefined
      ? { ...page, passing: true }
      : page; // not all of them, and no way to the rest: not to be kept
  };
}

const nothing = (warning: string): StudyPage => ({ ids: [], total: 0, warnings: [warning] });

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(body));
  } catch {
    return undefined; // an outage: the caller quotes the body
  }
}
