import { SearchUnavailable } from "../../core/errors";
import type { SearchResult } from "../../core/records";
import type { Reply } from "../remote/exchange";
import type { Verdict } from "../remote/verdict";
import { readSearch, type Page } from "./esearch";
import { readIdList } from "./id-list";

/** Sends a request to one of NCBI's programs. */
export type Asking = <T>(
  program: "esearch" | "efetch",
  params: Readonly<Record<string, string>>,
  read: (reply: Reply) => Verdict<T>,
) => Promise<T>;

interface PagesOptions {
  /** Gives the function that asks; with `fresh` it uses no kept answer. */
  readonly asking: (fresh: boolean) => Asking;
  readonly pageSize: number;
  /** Whether only the first 9,999 hits can be listed, as for PubMed. */
  readonly limited: boolean;
}

const listable = 9_999; // of a PubMed search: `retstart` may be 9998 at most

/** The first `k` hits of a search, page by page. Each identifier stands once. */
export async function allPages(
  k: number,
  params: Readonly<Record<string, string>>,
  { asking, pageSize, limited }: PagesOptions,
): Promise<SearchResult> {
  const wanted = Math.floor(Math.min(k, limited ? listable : Infinity));
  for (const fresh of [false, true]) {
    const ask = asking(fresh);
    const size = Math.min(wanted, pageSize);
    const history = !limited && wanted > pageSize;
    const first = await ask(
      "esearch",
      { ...params, retstart: "0", retmax: String(size), ...(history ? { usehistory: "y" } : {}) },
      readSearch(size, 0, params["term"]),
    );
    const rest = await otherPages(ask, first, params, Math.min(wanted, first.count), pageSize);
    // the first page was a kept one, and the server has removed its result set: search again
    if (rest === "expired") continue;
    const ids = [...new Set([...first.ids, ...rest.flatMap((page) => page.ids)])].slice(0, wanted);
    const cut =
      limited && k > listable && first.count > listable
        ? [`only the first ${listable} of ${first.count} matches can be listed: PubMed gives no more of a search`]
        : [];
    const warnings = [...new Set([first, ...rest].flatMap((page) => page.warnings).concat(cut))];
    return { hits: ids.map((docId, rank) => ({ docId, score: 1 / (rank + 1) })), total: first.count, warnings };
  }
  throw new SearchUnavailable(
    "Entrez",
    "the history server forgot a result set it had just made",
    "Ask again later, or for fewer hits.",
  );
}

type Part = Pick<Page, "ids" | "warnings">;

async function otherPages(
  ask: Asking,
  first: Page,
  params: Readonly<Record<string, string>>,
  wanted: number,
  pageSize: number,
): Promise<readonly Part[] | "expired"> {
  const found: Part[] = [];
  for (let start = pageSize; start < wanted; start += pageSize) {
    const size = Math.min(pageSize, wanted - start);
    const place = { retstart: String(start), retmax: String(size) };
    const page = first.history
      ? await ask("efetch", { ...first.history, ...place, rettype: "uilist", retmode: "text" }, readIdList(size))
      : await ask("esearch", { ...params, ...place }, readSearch(size, start, params["term"]));
    if (page === "expired") return page;
    found.push(page);
  }
  return found;
}
