import { random } from "../../core/random";
import type { Problem } from "../../core/records";
import type { Rewriter } from "../../core/roles";
import type { Result } from "../result";
import { bySystem } from "../statistics/summarise";

/**
 * Control systems: their queries are as long as the queries of `system` and have none of its reasoning. If a control
 * does as well as `system`, the length or the words alone explain its result.
 *
 *   "… as one OR-list"       the words of its query, all joined by OR
 *   "… without operators"    the words of its query, side by side
 *   "… question, padded"     OR of the question's words and, up to the length of its query, words of its queries
 *                            for other questions
 *
 * @param system whose queries among `results`; its malformed and failed questions stay without a query
 * @param options.seed names the draw of the padding
 *
 * Throws RangeError where no system has this name, and when a problem is asked that it did not answer.
 */
export function controls(
  results: readonly Result[],
  system: string,
  { seed = 0 }: { readonly seed?: number } = {},
): readonly Rewriter[] {
  const systems = bySystem(results);
  const own = systems.get(system);
  if (own === undefined)
    throw new RangeError(`controls: no system is called "${system}". There are: ${[...systems.keys()].join(", ")}.`);
  const queries = new Map(own.map(({ qid, query }) => [qid, query]));
  const pool = [...new Set(own.flatMap(({ query }) => wordsOf(query)))].sort();
  const of = (name: string, query: (words: readonly string[], problem: Problem) => string): Rewriter => ({
    name: `${system}, ${name}`,
    about: () => ({ control: name, of: system, ...(name.endsWith("padded") && { seed }), queries: own.length }),
    prompt: ({ id }) => queries.get(id) ?? "",
    rewrite: async (problems) =>
      problems.map((problem) => {
        const original = queries.get(problem.id);
        if (original === undefined)
          throw new RangeError(
            `controls: ${system} was not asked problem ${problem.id}. Evaluate both on the same problems.`,
          );
        return original.trim() === "" ? "" : query(wordsOf(original), problem);
      }),
  });
  const padded = (words: readonly string[], { id, query }: Problem): string => {
    const asked = [...new Set(wordsOf(query))];
    const others = random(seed)
      .fork("controls", id)
      .shuffle(pool.filter((word) => !asked.includes(word) && !words.includes(word)));
    return orList([...asked, ...others.slice(0, Math.max(0, words.length - asked.length))]);
  };
  return [
    of("as one OR-list", orList),
    of("without operators", (words) => words.join(" ")),
    of("question, padded", padded),
  ];
}

const orList = (words: readonly string[]): string => words.join(" OR ");

/** The distinct words of a query, without operators, field tags and signs, in lower case. */
const wordsOf = (query: string): readonly string[] => [
  ...new Set(
    (query.replace(/\[[^\]]*\]/g, " ").match(/[\p{L}\p{N}]+/gu) ?? [])
      .filter((word) => !/^(?:AND|OR|NOT)$/.test(word))
      .map((word) => word.toLowerCase()),
  ),
];
