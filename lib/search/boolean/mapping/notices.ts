const most = 24; // warnings in a result; a long broken query would otherwise return a page of them

/** What was dropped from a query or repaired in it, in the words of PubMed's errorlist and warninglist, each once. */
export class Notices {
  private readonly told = new Set<string>();
  private readonly ignored = new Set<string>();
  private notFoundCount = 0;
  private readonly counts = new Map<string, number>();

  readonly warn = (text: string): void => void this.told.add(text);
  /** errorlist.phrasesnotfound: a term that occurs nowhere is left out, and the rest is searched. */
  readonly notFound = (text: string, field: string): void => {
    this.notFoundCount++;
    this.warn(`phrase not found: ${text}[${field}]`);
  };
  /** warninglist.quotedphrasesnotfound: the words are searched without the quotes. */
  readonly quotedNotFound = (text: string, field: string): void =>
    this.warn(`quoted phrase not found: "${text}"[${field}]`);
  /** warninglist.phrasesignored: stop words. */
  readonly ignore = (word: string): void => void this.ignored.add(word.toLowerCase());

  /** Counts one more of `what`; false once there were more than `most`. */
  count(what: string, most: number): boolean {
    const number = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, number);
    return number <= most;
  }

  /** How often something that was looked for was not found. */
  get missing(): number {
    return this.notFoundCount;
  }

  list(): string[] {
    const all = [...this.told, ...(this.ignored.size ? [`phrases ignored: ${[...this.ignored].join(", ")}`] : [])];
    return all.length <= most ? all : [...all.slice(0, most), `and ${all.length - most} more warnings`];
  }
}
