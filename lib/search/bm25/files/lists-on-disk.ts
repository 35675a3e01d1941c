import { memo } from "../../../core/memo";
import type { PostingList, PostingLists } from "../postings/postings";

/** Reads the elements [start, end) of an index's postings. */
interface PostingsFile {
  slice(name: "docs", start: number, end: number): Int32Array;
  slice(name: "pairs", start: number, end: number): Uint16Array;
}

const perPosting = 6; // bytes

/** Reads a list when it is asked for. Lists that were used last are kept, up to `cacheBytes`. */
export function listsOnDisk(file: PostingsFile, starts: Uint32Array, cacheBytes: number): PostingLists {
  const kept = memo<number, PostingList>({ most: cacheBytes, weightOf: ({ end }) => end * perPosting });
  return (term) =>
    kept.getOrCompute(term, () => {
      const [start, end] = [starts[term]!, starts[term + 1]!];
      return {
        docs: file.slice("docs", start, end),
        pairs: file.slice("pairs", start, end),
        start: 0,
        end: end - start,
      };
    });
}
