import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import type { Hit } from "../../core/records";
import { readLines } from "../files/lines";
import { projectPath } from "../paths";

/**
 * A TREC run, plain or gzipped: `topic Q0 document rank score tag` on each line, to topic → hits, best first. As
 * trec_eval does, the order is that of the scores as float32, falling. Hits with equal scores are ordered by document
 * name, falling. The ranks are ignored. Throws CorruptData with file:line for a line of another shape, a score that is
 * no number, a document listed twice.
 */
export async function readRun(
  file: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Record<string, readonly Hit[]>> {
  const topics = new Map<string, Map<string, number>>();
  for await (const { number, text } of readLines(file, signal ? { signal } : {})) {
    if (!text.trim()) continue;
    const columns = text.trim().split(/\s+/);
    const [topic, , docId, , score] = columns as [string, string, string, string, string];
    const fail = (why: string): CorruptData =>
      new CorruptData(
        `${file}:${number}`,
        why,
        'A line reads "topic Q0 document rank score tag", like "Chou_2004 Q0 14593127 1 7.5 bm25"',
      );
    if (columns.length < 5 || columns.length > 6)
      throw fail(`${columns.length} columns instead of 6: ${JSON.stringify(text.slice(0, 80))}`);
    if (!Number.isFinite(Number(score))) throw fail(`the score is ${JSON.stringify(score)}, not a number`);
    const hits = topics.get(topic) ?? new Map<string, number>();
    topics.set(topic, hits);
    if (hits.has(docId)) throw fail(`document ${docId} of topic ${topic} is listed twice`);
    hits.set(docId, Number(score));
  }
  const ranked = (hits: ReadonlyMap<string, number>): Hit[] =>
    [...hits]
      .map(([docId, score]) => ({ docId, score }))
      .sort((a, b) => Math.fround(b.score) - Math.fround(a.score) || (a.docId < b.docId ? 1 : -1));
  return Object.fromEntries([...topics].map(([topic, hits]) => [topic, ranked(hits)]));
}

/**
 * Writes a TREC run, topics and hits in the order given. Scores are written unchanged. Where they rise or repeat as
 * float32, trec_eval would reorder the hits, so falling numbers made from the ranks are written instead.
 */
export function writeRun(file: string, run: Readonly<Record<string, readonly Hit[]>>, tag: string): void {
  const bad = [tag, ...Object.keys(run), ...Object.values(run).flatMap((hits) => hits.map(({ docId }) => docId))].find(
    (name) => !/^\S+$/.test(name),
  );
  if (bad !== undefined)
    throw new RangeError(
      `writeRun: ${JSON.stringify(bad)} is empty or has white space in it, which separates the columns of a run. ` +
        "Rename it.",
    );
  const lines = Object.entries(run).flatMap(([topic, hits]) => {
    const falling = hits.every(({ score }, i) => i === 0 || Math.fround(score) < Math.fround(hits[i - 1]!.score));
    return hits.map(
      ({ docId, score }, i) => `${topic} Q0 ${docId} ${i + 1} ${falling ? score : hits.length - i} ${tag}\n`,
    );
  });
  writeAtomic(projectPath(file), lines.join(""));
}
