import type { DataFrame } from "danfojs-node";
import type { Result } from "../result";
import { frame } from "./frames";

/**
 * Everything that the systems of an evaluation wrote, with one row for each result, also for malformed answers: the
 * question, the query that was sent, the measures and what they were taken of (documents found, relevant ones among
 * them, relevant ones in all, matches before the cut), why an answer was malformed, the whole completion, the reasoning
 * in it, and the engine's warnings. A text that is missing is "", for example the completion of a system without a
 * model. A notebook shortens a long text, and a click opens it.
 */
export const completions = (results: readonly Result[]): DataFrame =>
  frame(
    "completions",
    results.map(
      ({ system, qid, question = "", query, measures, found, malformed = false, written, warnings = [] }) => ({
        system,
        qid,
        question,
        query,
        ...measures,
        found: found?.hits ?? null,
        relevant: found?.relevant ?? null,
        judged: found?.judged ?? null,
        matches: found?.total ?? null,
        malformed,
        why: written?.why ?? "",
        completion: written?.completion ?? "",
        reasoning: written?.reasoning ?? "",
        cut: written?.finished === false,
        warnings: warnings.join("\n"),
      }),
    ),
  );
