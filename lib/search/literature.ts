import { throwIfAborted } from "../core/errors";
import { memo } from "../core/memo";
import type { Judgments, Publication, Recall } from "../core/records";
import type { SearchEngine, SearchOptions } from "../core/roles";
import { corpus } from "./boolean/corpus";
import { evaluate } from "./boolean/evaluate";
import { mapped } from "./boolean/mapping/mapping";
import { Notices } from "./boolean/mapping/notices";
import { translation, type Plan } from "./boolean/plan";
import { countIn, cutOf, firstIn, type RecordSet } from "./boolean/record-sets/record-set";
import { foundAmong, relevantIn } from "./boolean/relevant";
import { readQuery, type Syntax } from "./boolean/history/search-lines";
import { ownHeadings, termTable, type Thesaurus } from "./boolean/vocabulary/thesaurus";
import { lastDay } from "./max-date";

export type { Thesaurus } from "./boolean/vocabulary/thesaurus";

export interface LiteratureOptions {
  /** as in reports and errors */
  readonly name?: string;
  /** what untagged words mean; without one the corpus' own MeSH headings, each for itself */
  readonly thesaurus?: Thesaurus;
  /** no record is a real publication */
  readonly synthetic?: boolean;
  /** "detect" takes published search histories and Ovid's syntax too; "pubmed" is as strict as PubMed: for training */
  readonly syntax?: Syntax;
}

/** A Boolean search engine over records in memory. */
export interface Literature extends SearchEngine {
  readonly size: number; // records
  readonly synthetic: boolean;
  /**
   * How many of the relevant documents (grade above 0) are among the first `k` hits, and which fraction of them,
   * exactly as a search and the measure R@k give it, but counted over sets: no hits are listed. Relevant documents that
   * are no records count as missed.
   */
  recall(query: string, judgments: Judgments, k?: number, options?: SearchOptions): Promise<Recall>;
  /**
   * What a query is taken to mean, as PubMed's "query translation" prints it; "" where nothing of it can be searched.
   */
  translation(query: string): string;
}

/**
 * Searches `publications` with PubMed's Boolean language. By PubMed's User Guide
 * (https://pubmed.ncbi.nlm.nih.gov/help/), point by point:
 *
 *   operators       AND, OR, NOT in upper case, without precedence: from left to right, parentheses first. `a OR b AND c` is
 *                   (a OR b) AND c. In lower case they count only beside a parenthesis, a phrase or a tag. NOT is set difference.
 *   side by side    terms without an operator between them are ANDed
 *   [tags]          belong to the term before them, not to a parenthesis; an unknown one is dropped with a warning
 *   "phrases"       and tagged words side by side are looked for as phrases, and as ANDed words where the phrase occurs nowhere.
 *                   PubMed asks its phrase index; here every phrase of the records is found
 *   hyphen-ated     a phrase only: where it occurs nowhere it finds nothing
 *   trunc*          at the end of a word of 4 characters or more; turns term mapping off. PubMed takes it in the last word of a phrase
 *                   only; here it is searched in any, and told
 *   "a b"[tiab:~3]  proximity, in any order, in the title, the abstract and keywords; told where PubMed has none
 *   2010:2015[dp]   ranges, both ends included; open ends are written 1800 and 3000. A range that runs backwards holds no day, and is told
 *   29161391        numbers alone are PMIDs, several of them joined by OR
 *   a/dt[mh]        qualifiers by name or by NLM's code, several with commas; [sh], [pt] and qualifiers include narrower ones, not with :noexp
 *   smith ja[au]    the beginning of an author's initials, so that suffixes are found; in quotes no more than these
 *   n engl j med[ta]  a journal by its title, its abbreviation or an ISSN
 *   x[filter]       subsets and filters that other fields can say, as PubMed's User Guide defines them
 *   untagged words  automatic term mapping: the longest run of words that the thesaurus knows becomes its heading, its wording and the
 *                   words typed; the rest is searched in all fields, stop words ignored. Journals, authors and plurals are not mapped
 *   not found       a term that occurs nowhere is dropped with a warning and the rest is searched
 *   not here        a field that PubMed has and the records lack limits nothing, and under NOT takes nothing away; a warning says so
 *
 * Difference: headings are not exploded, since records carry no tree.
 *
 * With `syntax: "detect"`, the default, what PubMed would search as words is read, with a warning: lines of Ovid's,
 * where an empty side of AND and an absent phrase find nothing, `adj3` holds between groups and fields, and `$3 ? #`
 * keep to their letters; and search histories as people paste them, with numbers, counts, ranges, limits and PubMed's
 * own exports, of which the last line is the query. A line that cannot be read, a line that is missing, a limit that
 * the records cannot tell and the syntax of another service are named in `warnings`.
 *
 * Hits come newest first, as PubMed orders a Boolean search; equal dates by falling PMID, records without a date last.
 * `maxDate` is inclusive. A record with only a year counts as of its first day, and one without a date is left out of
 * every search that has a date limit, as PubMed does.
 *
 * No query throws: what cannot be understood is repaired or left out, and `warnings` says so. Throws RangeError for two
 * records with one PMID, for a bad `k` and for a bad `maxDate`.
 */
export function literature(publications: readonly Publication[], options: LiteratureOptions = {}): Literature {
  distinct(publications);
  const records = corpus(publications);
  const table = termTable(options.thesaurus ?? ownHeadings(publications));
  const kept = memo<string, Reading>({ most: readCharacters, weightOf: (_, query) => query.length });
  const read = (query: string): Reading =>
    kept.getOrCompute(query, () => {
      const notices = new Notices();
      if (!query.trim()) notices.warn("empty query");
      const { query: syntax, warnings } = readQuery(query, options.syntax ?? "detect");
      warnings.forEach(notices.warn);
      return { plan: syntax && mapped(syntax, { corpus: records, table, notices }), warnings: notices.list() };
    });
  const run = (query: string, k: number, { maxDate, signal }: SearchOptions): Answer => {
    throwIfAborted(signal, "search");
    if (!(k >= 0)) throw new RangeError(`search: k is ${k}; it must be 0 or more hits.`);
    const { from, to } = maxDate === undefined ? { from: 0, to: records.size } : records.dated(1, lastDay(maxDate));
    records.sets.store.turn();
    const { plan, warnings } = read(query);
    const found = plan ? evaluate(plan, records) : nothing;
    const total = countIn(found, from, to);
    return { found, from, to, total, warnings: total === 0 ? [...warnings, "no items found"] : warnings };
  };
  const relevant = relevantIn(records);
  return {
    name: options.name ?? `literature of ${records.size} records`,
    size: records.size,
    synthetic: options.synthetic ?? false,
    translation(query) {
      records.sets.store.turn();
      const { plan } = read(query);
      return plan ? translation(plan) : "";
    },
    async search(query, k, options = {}) {
      const { found, from, to, total, warnings } = run(query, k, options);
      return {
        hits: Array.from(firstIn(found, k, from, to), (record, rank) => ({
          docId: records.ids[record]!,
          score: 1 / (rank + 1),
        })),
        total,
        warnings,
      };
    },
    async recall(query, judgments, k = Infinity, options = {}) {
      const { found, from, to, total, warnings } = run(query, k, options);
      const { of, numbers } = relevant(judgments);
      const hits = foundAmong(found, from, total > k ? cutOf(found, k, from) : to, numbers);
      return { recall: of > 0 ? hits / of : 0, found: hits, total, warnings };
    },
  };
}

const readCharacters = 2 ** 20; // of queries whose reading is kept: some ten thousand that a model writes

/** What a query was taken to mean. */
interface Reading {
  readonly plan: Plan | undefined; // undefined: nothing of it can be searched
  readonly warnings: readonly string[];
}

/** What matches a query, those of it that count being the records [from, to). */
interface Answer {
  readonly found: RecordSet;
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly warnings: readonly string[];
}

const nothing: RecordSet = { kind: "few", numbers: new Uint32Array(0) };

function distinct(publications: readonly Publication[]): void {
  const places = new Map<string, number>();
  for (const [i, { pmid }] of publications.entries()) {
    const earlier = places.get(pmid);
    if (earlier !== undefined)
      throw new RangeError(
        `literature: records ${earlier} and ${i} both have the PMID "${pmid}". A PMID names one record: remove or rename one.`,
      );
    places.set(pmid, i);
  }
}
