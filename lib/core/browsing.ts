/** How rows are best looked through: which columns a table of them has, and what an opened row shows. */
export interface Browsing {
  /** Columns with long texts, which an opened row shows whole. Those of one array stand side by side. */
  readonly text?: readonly (string | readonly string[])[];
  /** Columns with one value a line: a row shows how many there are, and an opened row lists them. */
  readonly lists?: readonly string[];
  /** Columns that the reader may filter by. */
  readonly filter?: readonly string[];
  /** The columns of the table, in this order. */
  readonly columns?: readonly string[];
  /** What is said where there are no rows: "no failures". */
  readonly none?: string;
}

const key = Symbol.for("deepretrieval.browsing");

/** Returns `rows`, which now say how they are best looked through. */
export const withBrowsing = <T extends object>(rows: T, how: Browsing): T =>
  Object.defineProperty(rows, key, { value: how, enumerable: false });

/** What `rows` say of it; nothing where they say nothing. */
export const browsingOf = (rows: object): Browsing => (rows as { readonly [key]?: Browsing })[key] ?? {};
