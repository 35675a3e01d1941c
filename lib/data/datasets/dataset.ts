import type { Judgments, Problem } from "../../core/records";
import { columnsOf, type Columns } from "./columns";
import type { TableRow } from "../files/jsonl";
import { readTable } from "../files/table";

/** One record of a DeepRetrieval data set, whichever family it is of. */
export interface DatasetExample {
  readonly source: string; // data_source, which the reference routes rewards by: "pubmed_32", "nfcorpus_test"
  readonly problem: Problem;
  readonly prompt?: string; // the exact text that the published models were trained on, where the data set has it
  // the columns that were written into the prompt, in the order they stand there
  readonly fields: Readonly<Record<string, string>>;
  readonly split: string; // as the data say, "" where they do not
}

/**
 * The records of a data set in DeepRetrieval's schema, from parquet or JSON lines (`spec`: its README, "Data").
 * The columns tell the family:
 *
 *   input, label, pub_date?       search engines (label: ids) and open questions (label: answers, by data_source)
 *   qid, query, target, score     BEIR: documents and grades; SciFact has one target a row and `label` for `score`
 *   question, db_id, sql          questions to databases; BIRD adds `knowledge`
 *
 * `prompt` may be absent: then the task writes it. Throws CorruptData that names file, row and column for a row
 * that lacks one, and for two documents of a row with contradicting grades. A document named twice counts once.
 */
export async function readDataset(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<DatasetExample[]> {
  const examples: DatasetExample[] = [];
  for await (const row of readTable(file, options)) examples.push(exampleOf(file, row));
  return examples;
}

/** Data sets whose labels are answer strings, not document ids. */
const answersIn = (source: string): boolean => /^(nq|triviaqa|tqa|squad|webq|popqa)/.test(source);

function exampleOf(file: string, row: TableRow): DatasetExample {
  const columns = columnsOf(file, row);
  const source = columns.has("data_source") ? columns.text("data_source") : "";
  const { index, split } = (row.value["extra_info"] ?? {}) as { index?: number; split?: string };
  const name = `${source || "row"}/${split ?? ""}/${index ?? row.line}`;
  const read = columns.has("sql") ? sqlExample : columns.has("qid") ? rankedExample : labelledExample;
  const prompt = columns.has("prompt") ? promptOf(columns, row.value["prompt"]) : undefined;
  return { source, split: split ?? "", ...read(columns, name, source), ...(prompt === undefined ? {} : { prompt }) };
}

type Part = Pick<DatasetExample, "problem" | "fields">;

function labelledExample(columns: Columns, id: string, source: string): Part {
  const [input, label] = [columns.text("input"), columns.texts("label")];
  const problem = answersIn(source)
    ? { id, query: input, judgments: {}, answers: label }
    : {
        id,
        query: input,
        judgments: judged(
          columns,
          label,
          label.map(() => 1),
        ),
      };
  const pico = picoOf(input);
  return {
    problem: {
      ...problem,
      ...(pico ? { pico } : {}),
      ...(columns.has("pub_date") ? { maxDate: columns.text("pub_date") } : {}),
    },
    fields: { input },
  };
}

function rankedExample(columns: Columns, _: string): Part {
  const [qid, query, target] = [columns.text("qid"), columns.text("query"), columns.texts("target")];
  const grades = columns.has("score")
    ? columns.integers("score")
    : columns.has("label")
      ? columns.integers("label")
      : target.map(() => 1);
  if (grades.length !== target.length)
    throw columns.fault(
      `${target.length} documents in "target" but ${grades.length} grades in "score"`,
      "Give each document its grade",
    );
  return { problem: { id: qid, query, judgments: judged(columns, target, grades) }, fields: { query } };
}

function sqlExample(columns: Columns, id: string): Part {
  const [question, database, gold] = [columns.text("question"), columns.text("db_id"), columns.text("sql")];
  const knowledge = columns.has("knowledge") ? columns.text("knowledge") : undefined;
  const sql = {
    database,
    gold,
    schema: columns.has("schema") ? columns.text("schema") : "",
    ...(knowledge === undefined ? {} : { knowledge }),
  };
  return {
    problem: { id, query: question, judgments: {}, sql },
    fields: { ...(knowledge === undefined ? {} : { knowledge }), question },
  };
}

function judged(columns: Columns, documents: readonly string[], grades: readonly number[]): Judgments {
  const judgments: Record<string, number> = {};
  for (const [i, document] of documents.entries()) {
    const earlier = judgments[document];
    if (earlier !== undefined && earlier !== grades[i])
      throw columns.fault(`document ${document} has grade ${grades[i]} and grade ${earlier}`, "Keep one of them");
    judgments[document] = grades[i]!;
  }
  return judgments;
}

/** The text of a prompt column: a chat of exactly one message, or plain text. */
function promptOf(columns: Columns, prompt: unknown): string {
  if (typeof prompt === "string") return prompt;
  const messages = prompt as readonly { readonly content?: unknown }[];
  if (Array.isArray(prompt) && messages.length === 1 && typeof messages[0]!.content === "string")
    return messages[0]!.content;
  throw columns.fault(
    `"prompt" holds ${Array.isArray(prompt) ? `${messages.length} messages` : typeof prompt}, not one message ` +
      "with text",
    "Give it as text, or as a list of one { role, content }",
  );
}

/** "P: …\nI: …\nC: …\nO: …\n" in its parts; undefined for any other text. */
function picoOf(input: string): Problem["pico"] {
  if (!input.startsWith("P: ")) return undefined;
  const i = input.indexOf("\nI: ");
  const c = i < 0 ? -1 : input.indexOf("\nC: ", i + 4);
  const o = c < 0 ? -1 : input.indexOf("\nO: ", c + 4);
  if (o < 0) return undefined;
  return {
    P: input.slice(3, i),
    I: input.slice(i + 4, c),
    C: input.slice(c + 4, o),
    O: input.slice(o + 4).replace(/(?<!\n)\n+$/, ""),
  };
}
