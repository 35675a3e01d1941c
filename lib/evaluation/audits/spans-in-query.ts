import type { Problem } from "../../core/records";
import { answerMatcher, spanOf, spanTokens } from "../../metrics/answer-span";

/**
 * `query` without the answers that it holds and its question does not. Answers are compared as DPR compares them, token
 * by token without regard to case; identifiers of relevant documents are taken out whole, with a tag such as [uid]
 * behind them.
 */
export function withoutAnswers(
  query: string,
  { query: question, pico, answers = [], judgments }: Problem,
): { readonly answers: readonly string[]; readonly cleaned: string } {
  const asked = spanOf([question, ...Object.values(pico ?? {})].join(" \n "));
  const relevant = Object.keys(judgments).filter(
    (docId) => judgments[docId]! > 0 && /\d/.test(docId) && docId.length >= 5,
  );
  const candidates = [...answers, ...relevant]
    .filter((text) => spanTokens(text).length > 0)
    // the longest first: "New York City" before "New York"
    .sort((a, b) => spanTokens(b).length - spanTokens(a).length);
  const found: string[] = [];
  let rest = query.normalize("NFC");
  for (const text of candidates) {
    const holds = answerMatcher([text]);
    if (!holds(spanOf(rest)) || holds(asked)) continue;
    found.push(text);
    rest = rest.replace(patternOf(text), " ");
  }
  return { answers: found, cleaned: found.length > 0 ? tidied(rest) : query };
}

/** The tokens of `text` one after the other, with anything but letters and digits between them. */
function patternOf(text: string): RegExp {
  const tokens = text.normalize("NFC").match(/[\p{L}\p{N}\p{M}]+|[^\p{Z}\p{C}]/gu) ?? [];
  const escaped = tokens.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped.join("[\\p{Z}\\p{C}]*")}(?![\\p{L}\\p{N}])(\\[[^\\]]*\\])?`, "giu");
}

/** Removes what a removal has left empty: "" and (), operators with nothing to join, spaces. */
function tidied(query: string): string {
  let text = query;
  for (let before = ""; before !== text; ) {
    before = text;
    text = text
      .replace(/"\s*"(\[[^\]]*\])?/g, " ")
      .replace(/\(\s*\)/g, " ")
      .replace(/\(\s*(?:AND|OR|NOT)\b/g, "(")
      .replace(/\b(?:AND|OR|NOT)\s*\)/g, ")")
      .replace(/\b(AND|OR|NOT)(?:\s+(?:AND|OR))+\b/g, "$1")
      .replace(/^\s*(?:AND|OR)\b/, "")
      .replace(/\b(?:AND|OR|NOT)\s*$/, "")
      .replace(/\s+/g, " ")
      .replace(/\( /g, "(")
      .replace(/ \)/g, ")")
      .trim();
  }
  return text;
}
