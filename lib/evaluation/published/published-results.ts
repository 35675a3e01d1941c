/** One number that DeepRetrieval publishes. */
export interface PublishedResult {
  readonly system: string;
  // null for the question as typed, which needs no model, and where the published table does not say
  readonly reasoning: boolean | null;
  readonly task: "publication search" | "trial search";
  readonly recall: number; // fraction at 3000 hits, in [0, 1]
  readonly source: string;
}

const source = "DeepRetrieval README at 001a563 (2025-05-29)";

/** System, then [publications, trials] in percent with reasoning, then without. */
const rows: readonly (readonly [string, readonly [number, number] | null, readonly [number, number] | null])[] = [
  ["GPT-3.5", [11.67, 9.42], [18.68, 13.94]],
  ["GPT-4o", [17.59, 16.25], [19.72, 14.26]],
  ["Claude-3-Haiku", [11.26, 10.1], [20.92, 24.68]],
  ["Claude-3.5-Sonnet", [20.94, 18.33], [19.08, 18.41]],
  ["Mistral-7B-Inst", [7.18, 8.08], null],
  ["LEADS-7B (SFT)", [24.68, 32.11], null],
  ["Qwen2.5-3B-Inst", [6.59, 6.09], [9.46, 7.97]],
  ["DeepRetrieval-3B", [65.07, 63.18], [51.9, 53.31]],
];

/**
 * The recall at 3000 hits, a fraction in [0, 1], that DeepRetrieval publishes for PubMed and ClinicalTrials.gov, to
 * plot beside your own results, with one row for each number. Each number is of one sampled run on DeepRetrieval's test
 * set. The live engines have grown since then. `table(publishedResults())` is a frame.
 */
export function publishedResults(task?: PublishedResult["task"]): readonly PublishedResult[] {
  const tasks = ["publication search", "trial search"] as const;
  const row = (system: string, reasoning: boolean | null, percents: readonly [number, number] | null) =>
    percents === null
      ? []
      : tasks.map((task, i) => ({ system, reasoning, task, recall: Number((percents[i]! / 100).toFixed(4)), source }));
  return [
    ...row("question as typed", null, [10.36, 18.01]),
    ...rows.flatMap(([system, thinking, direct]) => [...row(system, true, thinking), ...row(system, false, direct)]),
  ].filter((each) => task === undefined || each.task === task);
}
