import { memo } from "../core/memo";
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
  const kept = memo<string, Span>({ most: keep });
  return (docId) => {
    const known = kept.get(docId);
    if (known !== undefined) return known;
    const read = text(docId);
    return typeof read === "string"
      ? kept.set(docId, spanOf(read))
      : read.then((late) => kept.set(docId, spanOf(late)));
  };
}
