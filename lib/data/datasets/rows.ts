import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import type { Problem } from "../../core/records";
import { projectPath } from "../paths";

/** Where a row stands in its data set. */
export interface RowPlace {
  readonly source: string; // data_source: "nq_serini", "scifact_test"
  readonly split: string;
  readonly index: number; // before any shuffling, from 0
  readonly prompt?: string;
  readonly databasePath?: string; // db_path of SQL rows
}

/**
 * A problem as a row in DeepRetrieval's schema, which verl trains on and `readDataset` reads back: `input` and `label`
 * for search engines and open questions, `qid`, `query`, `target` and `score` for BEIR, `question`, `db_id` and `sql`
 * for databases.
 */
export function rowOf(
  problem: Problem,
  { source, split, index, prompt, databasePath }: RowPlace,
): Record<string, unknown> {
  const { columns, truth } = parts(problem, source);
  return {
    ...columns,
    data_source: source,
    ...(prompt === undefined ? {} : { prompt: [{ content: prompt, role: "user" }] }),
    ability: problem.sql ? "sql_generation" : "literature_mining",
    reward_model: { ground_truth: truth, style: "rule" },
    extra_info: { ...(databasePath === undefined ? {} : { db_path: databasePath }), index, split },
  };
}

function parts(
  { id, query, judgments, answers, sql, maxDate }: Problem,
  source: string,
): { readonly columns: object; readonly truth: object } {
  if (sql) {
    const { database, gold, schema, knowledge } = sql;
    return {
      columns: {
        question: query,
        db_id: database,
        ...(knowledge === undefined ? {} : { knowledge }),
        sql: gold,
        ...(schema ? { schema } : {}),
      },
      truth: { target: gold },
    };
  }
  const documents = Object.keys(judgments).filter((docId) => judgments[docId]! > 0);
  if (answers || !ranked(source)) {
    const label = answers ?? documents;
    return {
      columns: { input: query, label, ...(maxDate === undefined ? {} : { pub_date: maxDate }) },
      truth: { target: label },
    };
  }
  // the ideal ranking of the reference is this order
  const target = [...documents].sort((a, b) => judgments[b]! - judgments[a]!);
  const score = target.map((docId) => judgments[docId]!);
  return { columns: { qid: id, query, target, score }, truth: { target, score } };
}

/** Data sets whose documents have grades. */
const ranked = (source: string): boolean => /^(scifact|nfcorpus|fever|hotpotqa|fiqa|msmarco_beir)/.test(source);

/** Writes `rows` as `folder/SPLIT.jsonl`, each whole or not at all. Returns the files. */
export function writeRows(folder: string, rows: Readonly<Record<string, readonly object[]>>): string[] {
  return Object.entries(rows).map(([split, own]) => {
    const file = join(projectPath(folder), `${split}.jsonl`);
    writeAtomic(file, own.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return file;
  });
}
