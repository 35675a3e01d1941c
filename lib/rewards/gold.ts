import { oncePerObject } from "../core/memo";
import type { Judgments, Problem } from "../core/records";

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

interface GoldSql {
  readonly kind: "sql";
  readonly sql: string;
}

/** The gold of `problem`. Ids that are whole numbers come in ascending order, whatever order they were judged in. */
export function goldOf({ judgments, answers, sql }: Pick<Problem, "judgments" | "answers" | "sql">): Gold {
  if (sql) return { kind: "sql", sql: sql.gold };
  if (answers) return { kind: "answers", answers };
  return documentsOf(judgments);
}

/** A problem is rewarded again and again: what follows from its judgments is worked out once. */
const documentsOf = oncePerObject(
  (judgments: Judgments): GoldDocuments => ({
    kind: "documents",
    ids: Object.keys(judgments),
    grades: Object.values(judgments),
  }),
);

/** The relevant documents, each once with its first grade. */
export const relevant = oncePerObject(({ ids, grades }: GoldDocuments): ReadonlyMap<string, number> => {
  const judged = new Map<string, number>();
  for (const [i, id] of ids.entries()) if (grades[i]! > 0 && !judged.has(id)) judged.set(id, grades[i]!);
  return judged;
});

/** The relevant documents as judgments, for an engine that counts them. */
export const relevantJudgments = oncePerObject((gold: GoldDocuments): Judgments => Object.fromEntries(relevant(gold)));
