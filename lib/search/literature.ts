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

/** Settings of `literature`. */
export interface LiteratureOptions {
  /** The name of the engine in reports and errors; by default it states the number of records. */
  readonly name?: string;
  /** The meaning of untagged words. By default it is the MeSH headings of the records, without entry terms. */
  readonly thesaurus?: Thesaurus;
  /** Whether the records are made up: no record is a real publication. */
  readonly synthetic?: boolean;
  /** "detect" (default) also reads published search histories and Ovid's syntax. "pubmed", for training, does not. */
  readonly syntax?: Syntax;
}

/** A Boolean search engine over records in memory. */
export interface Literature extends SearchEngine {
  readonly size: number; // records
  readonly synthetic: boolean;
  /**
   * The number of relevant documents (grade above 0) among the first `k` hits, and their fraction of all relevant
   * documents. The values are those of a search and the measure R@k; they are counted over sets, without listing hits.
   * Relevant documents that are not among the records count as missed.
   */
  recall(query: string, judgments: Judgments, k?: number, options?: SearchOptions): Promise<Recall>;
  /** The query as it was understood, as PubMed's "query translation" prints it; "" where nothing can be searched. */
  translation(query: string): string;
}

/**
 * Searches `publications` with PubMed's Boolean language, by PubMed's User Guide
 * (https://pubmed.ncbi.nlm.nih.gov/help/):
 *
 *   operators      AND, OR and NOT in upper case have no precedence: parentheses come first, then the order from left
 *                  to right. `a OR b AND c` is (a OR b) AND c. In lower case they count only beside a parenthesis, a
 *                  phrase or a tag. NOT is set difference.
 *   side by side   Terms without an operator between them are ANDed.
 *   [tags]         A tag belongs to the term before it, not to a parenthesis. An unknown tag is dropped, with a
 *                  warning.
 *   "phrases"      A phrase, and tagged words side by side, are searched as a phrase. If it occurs nowhere, the words
 *                  are ANDed. PubMed asks its phrase index; here every phrase of the records is found.
 *   hyphen-ated    A hyphenated word is searched as a phrase only. If it occurs nowhere, it finds nothing.
 *   trunc*         A * may end a word of 4 characters or more. It turns term mapping off. PubMed takes it in the last
 *                  word of a phrase only; here it works in every word, and a warning says so.
 *   "a b"[tiab:~3] Proximity holds in any order, in the title, the abstract and keywords. A warning names other
 *                  fields.
 *   2010:2015[dp]  A range includes both ends. Open ends are written 1800 and 3000. A range that runs backwards holds
 *                  no day, and a warning says so.
 *   29161391       Numbers alone are PMIDs. Several of them are joined by OR.
 *   a/dt[mh]       A qualifier is written as a name or as NLM's code; several stand with commas. [sh], [pt] and
 *                  qualifiers include narrower ones, without :noexp.
 *   smith ja[au]   Initials match the beginning of an author's initials, so that suffixes are found; in quotes they
 *                  must be equal.
 *   n engl j med[ta]  A journal is found by its title, its abbreviation or an ISSN.
 *   x[filter]      Subsets and filters that other fields can express are searched as PubMed's User Guide defines
 *                  them.
 *   untagged words Automatic term mapping: the longest run of words that the thesaurus knows is searched as its
 *                  heading, as the words of the heading and as the words typed. Other words are searched in all
 *                  fields. Stop words are ignored. Journals, authors and plurals are not mapped.
 *   not found      A term that occurs nowhere is dropped with a warning, and the rest is searched.
 *   not here       A field that PubMed has and the records lack limits nothing. Under NOT it takes nothing away. A
 *                  warning says so.
 *
 * One difference remains: headings are not exploded, since the records hold no tree of headings.
 *
 * With `syntax: "detect"`, the default, two more kinds of text are read, each with a warning; PubMed would search their
 * words. One is a line of Ovid's: an empty side of AND and an absent phrase find nothing, `adj3` holds between groups
 * and fields, and `$3`, `?` and `#` are wild cards. The other is a search history as people paste it, with numbers,
 * counts, ranges, limits, or in one of PubMed's own exports. The last line of a history is the query. `warnings` names
 * each line that is missing or cannot be read, each limit that the records cannot decide, and the syntax of another
 * service.
 *
 * Hits come newest first, as PubMed orders a Boolean search. Of equal dates the higher PMID comes first; records
 * without a date come last. `maxDate` is inclusive. A record with only a year counts as of its first day. A record
 * without a date is left out of every search with a date limit, as in PubMed.
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
  const run = (query: string, k: number, { maxDate, signal }: SearchOptions): Matches => {
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

const readCharacters = 2 ** 20; // of queries whose plans are kept: some ten thousand queries of a model

/** A query as it was understood. */
interface Reading {
  readonly plan: Plan | undefined; // undefined where nothing can be searched
  readonly warnings: readonly string[];
}

/** The records that match a query. Those in [from, to) have a date within the limit. */
interface Matches {
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
        `literature: records ${earlier} and ${i} both have the PMID "${pmid}". ` +
          "A PMID names one record: remove or rename one.",
      );
    places.set(pmid, i);
  }
}
