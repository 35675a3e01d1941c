import type { Judgments } from "../../core/records";

/** Judged documents that a corpus lacks: no search can find them, and recall counts them as missed. */
export interface Absent {
  readonly absent: number;
  readonly relevant: number; // of them, grade above 0 in some judgment
  readonly judged: number; // documents in all
  readonly example: string; // "" where none is absent
}

/** Which of the judged documents are not among `documents`, counted once each. */
export function absentFrom(judgments: Readonly<Record<string, Judgments>>, has: (docId: string) => boolean): Absent {
  const grades = new Map<string, number>(); // the highest of each
  for (const judged of Object.values(judgments))
    for (const [docId, grade] of Object.entries(judged))
      grades.set(docId, Math.max(grade, grades.get(docId) ?? -Infinity));
  const absent = [...grades].filter(([docId]) => !has(docId));
  return {
    absent: absent.length,
    relevant: absent.filter(([, grade]) => grade > 0).length,
    judged: grades.size,
    example: absent[0]?.[0] ?? "",
  };
}

/** Passes `documents` through, and then says which judged documents were not among them. */
export function watched<T extends { readonly id: string }>(
  documents: AsyncIterable<T>,
  judgments: Readonly<Record<string, Judgments>>,
): { readonly documents: AsyncGenerator<T, void>; absent(): Absent } {
  const judged = new Set(Object.values(judgments).flatMap((own) => Object.keys(own)));
  const seen = new Set<string>();
  async function* passing(): AsyncGenerator<T, void> {
    for await (const document of documents) {
      if (judged.has(document.id)) seen.add(document.id);
      yield document;
    }
  }
  return { documents: passing(), absent: () => absentFrom(judgments, (docId) => seen.has(docId)) };
}

/** A sentence on what is absent; undefined where nothing is. */
export const absentSentence = (corpus: string, { absent, relevant, judged, example }: Absent): string | undefined =>
  absent === 0
    ? undefined
    : `${corpus} lacks ${absent} of ${judged} judged documents (${relevant} of them relevant), such as ` +
      `${JSON.stringify(example)}: they count as missed. Take corpus and judgments from one version of the data ` +
      "set.";
