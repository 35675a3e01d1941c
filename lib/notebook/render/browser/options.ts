/** How `browser` shows its rows. Every name is that of a column. */
export interface BrowserOptions {
  /** Stands above the table. */
  readonly title?: string;
  /**
   * Columns with long texts. A row shows them whole when it is opened, one below the other; those that stand together
   * in an array stand side by side: `[["query before", "query after"], "reasoning"]`. The default is every column with
   * a text of more than sixty characters; the table keeps the first two of them, cut to one line.
   */
  readonly text?: readonly (string | readonly string[])[];
  /**
   * Columns with one value a line: a row shows how many there are, and an opened row lists them under a heading that
   * opens. The default is every column that holds lists.
   */
  readonly lists?: readonly string[];
  /**
   * Columns that the reader may filter by: a menu of their values, or two bounds for more than twelve numbers. The
   * default is every column of the table that has two to eight short texts.
   */
  readonly filter?: readonly string[];
  /** The column that the rows are sorted by at first. The default is the order of the rows. */
  readonly sort?: string;
  /** Whether the largest value comes first at first. The default is false. */
  readonly descending?: boolean;
  /** A column of numbers that a slider goes through, such as the training step: one value at a time, or all. */
  readonly step?: string;
  /** The columns of the table, in this order. The default is every column that is in neither `text` nor `step`. */
  readonly columns?: readonly string[];
}
