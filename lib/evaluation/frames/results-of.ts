import type { DataFrame } from "danfojs-node";
import { shown } from "../../core/settings";
import type { Result } from "../result";
import { bySystem } from "../statistics/summarise";

/** Results of an evaluation, or the frame that `perQuery` made of them. */
export type Results = readonly Result[] | DataFrame;

/** Columns of `perQuery` that are no measures. */
const others = new Set(["system", "qid", "query", "question", "malformed", "warnings", "failure"]);

/** Results as records. Throws TypeError for a frame without the columns system and qid, or with nothing measured. */
export function resultsOf(results: Results): readonly Result[] {
  if (Array.isArray(results)) return results as readonly Result[];
  if (typeof results !== "object" || results === null)
    throw new TypeError(
      `results are ${shown("results", results)}; they must be what evaluate yielded, as a list, or the frame of ` +
        "perQuery.",
    );
  const { columns, values } = results as DataFrame;
  const lacking = ["system", "qid"].filter((name) => !columns?.includes(name));
  if (lacking.length > 0)
    throw new TypeError(
      `a frame of results must have the columns system and qid; this one has ${columns?.join(", ") || "none"}. ` +
        "Pass what evaluate yielded, or perQuery of it.",
    );
  const metrics = columns.filter(
    (name, j) => !others.has(name) && (values as unknown[][]).some((row) => typeof row[j] === "number"),
  );
  if (metrics.length === 0)
    throw new TypeError(`a frame of results must have a column of measures; this one has ${columns.join(", ")}.`);
  return (values as unknown[][]).map((row) => {
    const of = (name: string): unknown => row[columns.indexOf(name)];
    const measures = Object.fromEntries(
      metrics.flatMap((name) => (typeof of(name) === "number" ? [[name, of(name) as number]] : [])),
    );
    const failed = Object.keys(measures).length === 0;
    return {
      system: String(of("system")),
      qid: String(of("qid")),
      query: String(of("query") ?? ""),
      measures,
      ...(failed && {
        failure: { stage: "searching", name: "Error", message: String(of("failure") ?? "") } as const,
      }),
    };
  });
}

/**
 * The results to compare, and the name of the baseline among them. A baseline from another evaluation whose name is
 * taken is called "NAME (baseline)". Throws RangeError where it has several systems.
 */
export function withPartner(
  results: readonly Result[],
  baseline: string | Results,
): { readonly all: readonly Result[]; readonly name: string } {
  if (typeof baseline === "string") return { all: results, name: baseline };
  const base = resultsOf(baseline);
  const names = [...bySystem(base).keys()];
  if (names.length !== 1)
    throw new RangeError(
      `compare: the baseline has ${names.length} systems (${names.join(", ")}); it must have one. Keep its ` +
        "results only.",
    );
  const taken = results.some(({ system }) => system === names[0]);
  const name = taken ? `${names[0]} (baseline)` : names[0]!;
  return { all: [...results, ...base.map((result) => ({ ...result, system: name }))], name };
}
