import type { Problem } from "../../core/records";
import { leaks } from "../../data/datasets/leaks";
import type { Result } from "../result";
import { means, metricNames } from "../statistics/summarise";

/** One system with and without the questions that were trained on. */
export interface SeenSummary {
  readonly system: string;
  readonly queries: number;
  readonly seen: number; // questions that are in the training data, too
  readonly all: number; // mean of the measure over all questions
  readonly unseen: number | null; // over those that were not trained on; null where there are none
  readonly seenOnly: number | null;
}

/**
 * How much of a result is due to test questions that are in the training data. There is one row for each system: its
 * mean over all questions, and its mean without the questions whose wording is in `training` (case, spaces and
 * punctuation do not count). DeepRetrieval's published validation rows are test rows for several sets.
 *
 * Failures are left out. Throws RangeError where nothing was measured by the metric.
 */
export function seenInTraining(
  results: readonly Result[],
  problems: readonly Problem[],
  training: readonly Problem[],
  metric = metricNames(results)[0]!,
): readonly SeenSummary[] {
  const seen = new Set(leaks({ training, test: problems }).map(({ otherId }) => otherId));
  const [all, fresh, known] = [() => true, (id: string) => !seen.has(id), (id: string) => seen.has(id)].map((keep) => {
    const own = results.filter(({ qid }) => keep(qid));
    return own.length > 0 ? means(own, metric) : {};
  }) as [Record<string, number>, Record<string, number>, Record<string, number>];
  return Object.keys(all).map((system) => {
    const own = results.filter((result) => result.system === system);
    return {
      system,
      queries: own.length,
      seen: own.filter(({ qid }) => seen.has(qid)).length,
      all: all[system]!,
      unseen: fresh[system] ?? null,
      seenOnly: known[system] ?? null,
    };
  });
}
