import { throwIfAborted } from "../core/errors";
import type { Publication, SearchResult } from "../core/records";
import type { SearchEngine, SearchOptions } from "../core/roles";
import { first, keepRange, size } from "./boolean/bitset";
import { corpus } from "./boolean/corpus";
import { evaluate } from "./boolean/evaluate";
import { mapped } from "./boolean/mapping";
import { Notices } from "./boolean/notices";
import { parse } from "./boolean/parser";
import { translation, type Plan } from "./boolean/plan";
import { ownHeadings, termTable, type Thesaurus } from "./boolean/thesaurus";
import { lastDay } from "./max-date";

export type { Thesaurus } from "./boolean/thesaurus";

export interface LiteratureOptions {
  readonly name?: string; // as in reports and errors
  readonly thesaurus?: Thesaurus; // what untagged words mean; without one the corpus' own MeSH headings, each for itself
  readonly synthetic?: boolean; // no record is a real publication
}

/** A Boolean search engine over records in memory. */
export interface Literature extends SearchEngine {
  readonly size: number; // records
  readonly synthetic: boolean;
  /** What a query is taken to mean, as PubMed's "query translation" prints it; "" where nothing of it can be searched. */
  translation(query: string): string;
}

/**
 * Searches `publications` with PubMed's Boolean language: AND, OR and NOT from left to right, parentheses, "phrases",
 * field tags, truncation*, date ranges, and automatic term mapping of untagged words.
 *
 * Hits come newest first, as PubMed orders a Boolean search; equal dates by falling PMID, records without a date last.
 * `maxDate` is inclusive. A record with only a year counts as of its first day, and one without a date is
 * left out of every search that has a date limit, as PubMed does.
 *
 * No query throws: what cannot be understood is repaired or left out, and `warnings` says so.
 * Throws RangeError for two records with one PMID, for a bad `k` and for a bad `maxDate`.
 */
export function literature(publications: readonly Publication[], options: LiteratureOptions = {}): Literature {
  distinct(publications);
  const records = corpus(publications);
  const table = termTable(options.thesaurus ?? ownHeadings(publications));
  const read = (query: string): { plan: Plan | undefined; notices: Notices } => {
    const notices = new Notices();
    if (!query.trim()) notices.warn("empty query");
    const { query: syntax, warnings } = parse(query);
    warnings.forEach(notices.warn);
    return { plan: syntax && mapped(syntax, { corpus: records, table, notices }), notices };
  };
  return {
    name: options.name ?? `literature of ${records.size} records`,
    size: records.size,
    synthetic: options.synthetic ?? false,
    translation(query) {
      const { plan } = read(query);
      return plan ? translation(plan) : "";
    },
    async search(query: string, k: number, { maxDate, signal }: SearchOptions = {}): Promise<SearchResult> {
      throwIfAborted(signal, "search");
      if (!(k >= 0)) throw new RangeError(`search: k is ${k}; it must be 0 or more hits.`);
      const { from, to } = maxDate === undefined ? { from: 0, to: records.size } : records.dated(1, lastDay(maxDate));
      const { plan, notices } = read(query);
      const found = plan && keepRange(evaluate(plan, records), from, to);
      const total = found ? size(found) : 0;
      if (total === 0) notices.warn("no items found");
      const hits = found ? first(found, k).map((record, rank) => ({ docId: records.ids[record]!, score: 1 / (rank + 1) })) : [];
      return { hits, total, warnings: notices.list() };
    },
  };
}

function distinct(publications: readonly Publication[]): void {
  const places = new Map<string, number>();
  for (const [i, { pmid }] of publications.entries()) {
    const earlier = places.get(pmid);
    if (earlier !== undefined) throw new RangeError(`literature: records ${earlier} and ${i} both have the PMID "${pmid}". A PMID names one record: remove or rename one.`);
    places.set(pmid, i);
  }
}
