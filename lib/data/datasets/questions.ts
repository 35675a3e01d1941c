import type { Problem } from "../../core/records";
import { columnsOf } from "./columns";
import { readTable } from "../files/table";

/**
 * Open questions with answers, JSON lines or parquet: {"question", "answers": ["…"]}, as NQ, TriviaQA and SQuAD come
 * in DPR, FiD and Anserini; `id` is kept where there is one. The domain subsets of MS MARCO have {"question",
 * "docs_id": []} instead: passages that answer. Repeated questions stay, as published figures count them: see
 * `deduplicated`. Throws CorruptData with file:row and the column that is missing, and for a question without answers.
 */
export async function readQuestions(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for await (const row of readTable(file, options)) {
    const columns = columnsOf(file, row);
    const [id, query] = [columns.has("id") ? columns.text("id") : String(row.line - 1), columns.text("question")];
    if (columns.has("docs_id")) {
      problems.push({ id, query, judgments: Object.fromEntries(columns.texts("docs_id").map((docId) => [docId, 1])) });
      continue;
    }
    const answers = columns.texts(columns.has("answer") ? "answer" : "answers");
    if (!answers.some((answer) => answer.trim()))
      throw columns.fault(
        `the question ${JSON.stringify(query.slice(0, 60))} has no answer`,
        "Leave it out: nothing can be right",
      );
    problems.push({ id, query, judgments: {}, answers });
  }
  return problems;
}

/** A passage to find answers in. */
export interface Passage {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/**
 * Passages, JSON lines: {"id" or "_id" or "docid", "title", "text"}, or Anserini's {"id", "contents"} with the title on
 * the first line. Throws CorruptData where identifier or text are missing.
 */
export async function readPassages(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Passage[]> {
  const passages: Passage[] = [];
  for await (const row of readTable(file, options)) {
    const columns = columnsOf(file, row);
    const id = columns.text(["id", "_id", "docid"].find((name) => columns.has(name)) ?? "id");
    if (columns.has("contents")) {
      const [title, ...rest] = columns.text("contents").split("\n");
      passages.push(
        rest.length
          ? { id, title: title!.replace(/^"(.*)"$/, "$1"), text: rest.join("\n") }
          : { id, title: "", text: title! },
      );
    } else passages.push({ id, title: columns.has("title") ? columns.text("title") : "", text: columns.text("text") });
  }
  return passages;
}
