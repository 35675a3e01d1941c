const most = 24; // warnings in a result; a long broken query could cause hundreds

/**
 * The warnings of one query, each once: what was dropped from it or repaired in it, in the words of PubMed's errorlist
 * and warninglist.
 */
export class Notices {
  private readonly told = new Set<string>();
  private readonly ignored = new Set<string>();
  private notFoundCount = 0;
  private readonly counts = new Map<string, number>();

  readonly warn = (text: string): void => void this.told.add(text);
  /** errorlist.phrasesnotfound: the term occurs nowhere and is left out. The rest of the query is searched. */
  readonly notFound = (text: string, field: string): void => {
    this.notFoundCount++;
    this.warn(`phrase not found: ${text}[${field}]`);
  };
  /** warninglist.quotedphrasesnotfound: the phrase occurs nowhere. Its words are searched without the quotes. */
  readonly quotedNotFound = (text: string, field: string): void =>
    this.warn(`quoted phrase not found: "${text}"[${field}]`);
  /** warninglist.phrasesignored: the word is a stop word. */
  readonly ignore = (word: string): void => void this.ignored.add(word.toLowerCase());

  /** Adds one to the count of `what`. Returns whether the count is still at most `most`. */
  count(what: string, most: number): boolean {
    const number = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, number);
    return number <= most;
  }

  /** The number of terms that were looked for and not found. */
  get missing(): number {
    return this.notFoundCount;
  }

  list(): string[] {
    const all = [...this.told, ...(this.ignored.size ? [`phrases ignored: ${[...this.ignored].join(", ")}`] : [])];
    return all.length <= most ? all : [...all.slice(0, most), `and ${all.length - most} more warnings`];
  }
}
