import { CorruptData } from "../../core/errors";
import type { Judgments } from "../../core/records";
import { readLines } from "../files/lines";

/**
 * TREC judgments ("qrels"), plain or gzipped: `topic iteration document grade` on each line, to topic → document →
 * grade.
 *
 *   Chou_2004 0 14593127 1
 *
 * Throws CorruptData with file:line for a line of another shape, a grade that is no integer, and a document with two
 * different grades: a shifted column would otherwise look like a recall of 0. Empty lines are skipped.
 */
export async function readQrels(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Record<string, Judgments>> {
  const topics = new Map<string, Map<string, number>>();
  for await (const { number, text } of readLines(file, signal ? { signal } : {})) {
    if (!text.trim()) continue;
    const columns = text.trim().split(/\s+/);
    const [topic, , document, grade] = columns;
    const fail = (why: string): CorruptData =>
      new CorruptData(`${file}:${number}`, why, 'A line reads "topic 0 document grade", like "Chou_2004 0 14593127 1"');
    if (columns.length !== 4)
      throw fail(`${columns.length} columns instead of 4: ${JSON.stringify(text.slice(0, 80))}`);
    if (!/^[+-]?\d+$/.test(grade!)) throw fail(`the grade is ${JSON.stringify(grade)}, not an integer`);
    const judged = topics.get(topic!) ?? new Map<string, number>();
    topics.set(topic!, judged);
    const earlier = judged.get(document!);
    if (earlier !== undefined && earlier !== Number(grade))
      throw fail(`document ${document} of topic ${topic} has grade ${grade} here and ${earlier} before`);
    judged.set(document!, Number(grade));
  }
  return Object.fromEntries([...topics].map(([topic, judged]) => [topic, Object.fromEntries(judged)]));
}
