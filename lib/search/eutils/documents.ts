import type { Publication } from "../../core/records";
import { readPubmedXml } from "../../data/bibliography/pubmed-xml";
import type { Reply } from "../remote/exchange";
import { again, answer, excerpt, type Verdict, verdictOfStatus } from "../remote/verdict";
import { asObject, asTexts, looseJson } from "../remote/json";

/** Reads the reply to an EFetch of PubMed records. A reply that is no XML is an outage. */
export function readFetch(reply: Reply): Verdict<readonly Publication[]> {
  const decided = verdictOfStatus(reply);
  if (decided) return decided;
  if (reply.status >= 400)
    return { kind: "refused", why: `HTTP ${reply.status}: ${excerpt(reply.body)}`, fix: "Check the identifiers." };
  try {
    return answer(readPubmedXml(reply.body, "EFetch"));
  } catch (error) {
    const said = /<ERROR>([^<]*)<\/ERROR>/i.exec(reply.body)?.[1] ?? /"ERROR"\s*:\s*"([^"]*)"/i.exec(reply.body)?.[1];
    return again(said ?? (error as Error).message);
  }
}

/**
 * Reads the reply to an ESummary (retmode=json) as records without abstract and headings. An identifier without a
 * summary is left out.
 */
export function readSummaries(reply: Reply): Verdict<readonly Publication[]> {
  const decided = verdictOfStatus(reply);
  if (decided) return decided;
  if (reply.status >= 400)
    return { kind: "refused", why: `HTTP ${reply.status}: ${excerpt(reply.body)}`, fix: "Check the identifiers." };
  const root = looseJson(reply.body);
  const result = asObject(root?.["result"]);
  if (!result || !Array.isArray(result["uids"])) return again(`a reply that is no summary: ${excerpt(reply.body)}`);
  return answer(asTexts(result["uids"]).flatMap((uid) => summary(uid, asObject(result[uid]))));
}

function summary(uid: string, fields: Readonly<Record<string, unknown>> | undefined): Publication[] {
  if (!fields || fields["error"] !== undefined) return [];
  const text = (name: string): string => (typeof fields[name] === "string" ? (fields[name] as string) : "");
  const authors = Array.isArray(fields["authors"]) ? fields["authors"].map((author) => asObject(author)?.["name"]) : [];
  return [
    {
      pmid: uid,
      title: text("title"),
      abstract: "",
      mesh: [],
      date: /^\d{4}(\/\d\d){0,2}/.exec(text("sortpubdate") || text("sortdate"))?.[0] ?? "",
      journal: text("fulljournalname") || text("source"),
      authors: authors.filter((name): name is string => typeof name === "string"),
      types: asTexts(fields["pubtype"]),
    },
  ];
}
