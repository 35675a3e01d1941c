import { type Span, spanOf } from "../metrics/answer-span";
import type { Spans } from "./rank-reward";

/**
 * The passages that `text` gives, as the rank family compares them, each tokenised once while it is among the `keep`
 * that were read last. 100,000 passages of 100 words take about 90 MB.
 */
export function spansOf(
  text: (docId: string) => string | Promise<string>,
  { keep = 100_000 }: { readonly keep?: number } = {},
): Spans {
  const kept = new Map<string, Span>();
  const keepOne = (docId: string, read: string): Span => {
    const spanned = spanOf(read);
    if (kept.size >= keep) kept.delete(kept.keys().next().value as string);
    kept.set(docId, spanned);
    return spanned;
  };
  return (docId) => {
    const known = kept.get(docId);
    if (known !== undefined) return known;
    const read = text(docId);
    return typeof read === "string" ? keepOne(docId, read) : read.then((late) => keepOne(docId, late));
  };
}
