import type { Problem } from "../core/records";

/** What a query is judged by: documents with grades, strings that a passage should hold, or a query to a database. */
export type Gold = GoldDocuments | GoldAnswers | GoldSql;

export interface GoldDocuments {
  readonly kind: "documents";
  readonly ids: readonly string[]; // [N] in the order of the data set, which DeepRetrieval's ideal ranking keeps
  readonly grades: readonly number[]; // [N]
}

export interface GoldAnswers {
  readonly kind: "answers";
  readonly answers: readonly string[];
}

export interface GoldSql {
  readonly kind: "sql";
  readonly sql: string;
}

/** The gold of `problem`. Ids that are whole numbers come in ascending order, whatever order they were judged in. */
export function goldOf({ judgments, answers, sql }: Pick<Problem, "judgments" | "answers" | "sql">): Gold {
  if (sql) return { kind: "sql", sql: sql.gold };
  if (answers) return { kind: "answers", answers };
  return { kind: "documents", ids: Object.keys(judgments), grades: Object.values(judgments) };
}

/** The relevant documents, each once with its first grade. */
export function relevant({ ids, grades }: GoldDocuments): ReadonlyMap<string, number> {
  const judged = new Map<string, number>();
  for (const [i, id] of ids.entries()) if (grades[i]! > 0 && !judged.has(id)) judged.set(id, grades[i]!);
  return judged;
}
