import type { DataFrame } from "danfojs-node";
import { withBrowsing, type Browsing } from "../../core/browsing";
import type { Result } from "../result";
import { bySystem, metricNames } from "../statistics/summarise";
import { frame } from "./frames";

/** What to set side by side. */
export interface RewritesOptions {
  /** the system whose queries stand before; the default is the first */
  readonly baseline?: string;
  /** the systems whose rewrites are shown; the default is all others */
  readonly systems?: readonly string[];
  /** what is measured; the default is the first metric */
  readonly metric?: string;
  /** what a document is called, by its id: its title */
  readonly title?: (docId: string) => string | undefined;
}

/**
 * Rewrites to browse, with one row for each question and system, the largest losses first: the outcome (better, worse,
 * same, malformed or failed), the change of the measure and its values before and after, the question, the query before
 * (where it is not the question itself) and after, what the model thought, the relevant documents found and missed, one
 * a line (where `evaluate` kept `documents`), and why an answer is malformed or failed.
 * `show(browser(rewrites(results)))` filters and sorts them.
 *
 * Throws RangeError for a system or a metric that the results do not have.
 */
export function rewrites(results: readonly Result[], options: RewritesOptions = {}): DataFrame {
  const systems = bySystem(results);
  const names = [...systems.keys()];
  const { baseline = names[0] ?? "", metric = metricNames(results)[0] ?? "", title = () => undefined } = options;
  const shown = options.systems ?? names.filter((name) => name !== baseline);
  const unknown = [baseline, ...shown].find((name) => !systems.has(name));
  if (unknown !== undefined)
    throw new RangeError(`rewrites: no system is called "${unknown}". There are: ${names.join(", ")}.`);
  if (!metricNames(results).includes(metric))
    throw new RangeError(`rewrites: there is no measure "${metric}"; there are ${metricNames(results).join(", ")}.`);
  if (shown.length === 0)
    throw new RangeError(
      `rewrites: ${baseline} is the only system, so there is nothing to set beside it. Evaluate a rewriter with it.`,
    );
  const before = new Map(systems.get(baseline)!.map((result) => [result.qid, result]));
  const rephrased = [...before.values()].some(({ query, question }) => query !== question);
  const list = (ids: readonly string[] | undefined) => ids?.map((id) => titled(id, title(id))).join("\n") ?? null;
  const listed = results.some(({ documents }) => documents !== undefined);
  const rows = shown.flatMap((system) =>
    systems.get(system)!.map((result) => {
      const base = before.get(result.qid);
      const [was, is] = [base?.measures[metric], result.measures[metric]];
      return {
        qid: result.qid,
        ...(shown.length > 1 && { system }),
        outcome: outcomeOf(result, is, was),
        change: was === undefined || is === undefined ? null : is - was,
        [`${metric} before`]: was ?? null,
        [metric]: is ?? null,
        question: result.question ?? "",
        ...(rephrased && { before: base?.query ?? "" }),
        query: result.query,
        reasoning: result.written?.reasoning ?? "",
        hits: result.found?.hits ?? null,
        found: list(result.documents?.found),
        missed: list(result.documents?.missed),
        problem: result.failure?.message ?? result.written?.why ?? "",
      };
    }),
  );
  const change = (row: { readonly change: number | null }) => row.change ?? -Infinity;
  return withBrowsing(
    frame(
      "rewrites",
      rows.sort((a, b) => change(a) - change(b)),
    ),
    browsing({ metric, several: shown.length > 1, rephrased, listed }),
  );
}

/** What became of a question, in a word. `is` and `was` are its measure after and before. */
function outcomeOf({ failure, malformed }: Result, is: number | undefined, was: number | undefined): string {
  if (failure !== undefined) return "failed";
  if (malformed === true) return "malformed";
  if (is === undefined || was === undefined) return "not compared";
  return is > was ? "better" : is < was ? "worse" : "same";
}

/** A row has the numbers, the question and the query; an opened row has all the rest. */
function browsing(has: Readonly<Record<"several" | "rephrased" | "listed", boolean>> & { metric: string }): Browsing {
  const { metric, several, rephrased, listed } = has;
  const lists = listed ? ["found", "missed"] : [];
  return {
    columns: [
      ...(several ? ["system"] : []),
      "outcome",
      "change",
      `${metric} before`,
      metric,
      ...lists,
      "question",
      "query",
    ],
    text: [
      ["question", ...(rephrased ? ["before"] : []), "query"],
      "reasoning",
      ...(listed ? [lists] : []),
      ["problem", "qid", "hits"],
    ],
    lists,
    filter: [...(several ? ["system"] : []), "outcome"],
  };
}

const titled = (id: string, title: string | undefined): string => (title === undefined ? id : `${id}  ${title}`);
