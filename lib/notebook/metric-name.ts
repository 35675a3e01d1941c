/** Metric columns as verl names them, and what a reader calls them. */
const readerNames: Readonly<Record<string, string>> = {
  "reward/mean": "reward",
  "critic/score/mean": "score",
  "critic/rewards/mean": "reward − KL",
  "critic/kl": "KL",
  "actor/ppo_kl": "update KL",
  "actor/entropy_loss": "entropy",
  "actor/pg_clipfrac": "clipped",
  "critic/vf_explained_var": "explained variance",
  "critic/vf_loss": "critic loss",
  "response_length/mean": "length",
  "reward/format_error_ratio": "malformed",
  "timing_s/step": "seconds a step",
};

/** `reward/mean` → `reward`, `val/recall` → `val recall`, `critic/vf_clipfrac` → `critic vf clipfrac`. */
export function metricName(column: string): string {
  return readerNames[column] ?? column.replace(/\/mean$/, "").replace(/[/_]+/g, " ");
}

/** Names for several columns, in order; columns that would read alike keep their full names. */
export function metricNames(columns: readonly string[]): string[] {
  const short = columns.map(metricName);
  return short.map((name, i) => (short.filter((other) => other === name).length > 1 ? columns[i]! : name));
}
