import type { Problem } from "../../core/records";

/** A question that two splits share. */
export interface Leak {
  readonly splits: readonly [string, string];
  readonly id: string; // in the first split
  readonly otherId: string; // in the second
  readonly query: string;
  readonly sameGold: boolean; // the same documents, answers or SQL, too
}

/** Which questions are in which splits: named lists of problems, as `{ train, validation, test }`. */
export type Splits = Readonly<Record<string, readonly Problem[]>>;

/**
 * The questions that two splits share, each pair of splits once; wording is compared without regard to case, spaces
 * and punctuation. DeepRetrieval's published validation rows are test rows for BIRD, SQuAD, PubMed, ClinicalTrials.gov
 * and every BEIR set, so a checkpoint that is chosen by them was chosen on test data.
 */
export function leaks(splits: Splits): Leak[] {
  const found: Leak[] = [];
  const names = Object.keys(splits);
  for (const [i, first] of names.entries()) {
    const known = new Map(splits[first]!.map((problem) => [questionKey(problem), problem]));
    for (const second of names.slice(i + 1)) {
      for (const problem of splits[second]!) {
        const twin = known.get(questionKey(problem));
        if (twin)
          found.push({
            splits: [first, second],
            id: twin.id,
            otherId: problem.id,
            query: problem.query,
            sameGold: goldKey(twin) === goldKey(problem),
          });
      }
    }
  }
  return found;
}

/** How many questions each pair of splits shares, as a table. */
export function leakReport(splits: Splits): {
  readonly splits: string;
  readonly shared: number;
  readonly ofFirst: number;
  readonly ofSecond: number;
  readonly sameGold: number;
}[] {
  const rows = new Map<string, Leak[]>();
  for (const leak of leaks(splits))
    rows.set(leak.splits.join(" / "), [...(rows.get(leak.splits.join(" / ")) ?? []), leak]);
  return [...rows].map(([pair, shared]) => {
    const [first, second] = shared[0]!.splits;
    return {
      splits: pair,
      shared: shared.length,
      ofFirst: splits[first]!.length,
      ofSecond: splits[second]!.length,
      sameGold: shared.filter(({ sameGold }) => sameGold).length,
    };
  });
}

/**
 * The splits without shared questions. A question stays in the last split that has it, so put the test split last.
 * Within a split the first of equal questions stays, with the judgments and answers of all of them.
 */
export function withoutLeaks<S extends Splits>(splits: S): { readonly [Name in keyof S]: Problem[] } {
  const taken = new Set<string>();
  const kept: [string, Problem[]][] = [];
  for (const [name, problems] of Object.entries(splits).reverse()) {
    const own = deduplicated(problems).filter((problem) => !taken.has(questionKey(problem)));
    own.forEach((problem) => taken.add(questionKey(problem)));
    kept.push([name, own]);
  }
  return Object.fromEntries(kept.reverse()) as { [Name in keyof S]: Problem[] };
}

/** Problems without repeats: of equal questions the first, with the judgments and answers of all. */
export function deduplicated(problems: readonly Problem[]): Problem[] {
  const known = new Map<string, Problem>();
  for (const problem of problems) {
    const key = questionKey(problem);
    const earlier = known.get(key);
    known.set(
      key,
      earlier
        ? {
            ...earlier,
            judgments: { ...problem.judgments, ...earlier.judgments },
            ...(earlier.answers && { answers: [...new Set([...earlier.answers, ...(problem.answers ?? [])])] }),
          }
        : problem,
    );
  }
  return [...known.values()];
}

/** Questions are equal if their letters and digits are; questions to two databases never are. */
const questionKey = ({ query, sql }: Problem): string =>
  `${sql?.database ?? ""}|${
    query
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(" ") ?? query
  }`;

const goldKey = ({ judgments, answers, sql }: Problem): string =>
  JSON.stringify([Object.keys(judgments).sort(), [...(answers ?? [])].sort(), sql?.gold]);
