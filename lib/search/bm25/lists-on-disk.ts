import type { PostingList, PostingLists } from "./postings";

/** Reads elements from `start` to `end` of an index's postings. */
export interface PostingsFile {
  slice(name: "docs", start: number, end: number): Int32Array;
  slice(name: "pairs", start: number, end: number): Uint16Array;
}

const perPosting = 6; // bytes

/** Lists that are read when they are asked for. Those used last are kept, up to `cacheBytes`. */
export function listsOnDisk(file: PostingsFile, starts: Uint32Array, cacheBytes: number): PostingLists {
  const kept = new Map<number, PostingList>(); // the one used last at the end
  let bytes = 0;
  return (term) => {
    const known = kept.get(term);
    const list = known ?? { docs: file.slice("docs", starts[term]!, starts[term + 1]!), pairs: file.slice("pairs", starts[term]!, starts[term + 1]!), start: 0, end: starts[term + 1]! - starts[term]! };
    if (known) kept.delete(term);
    else bytes += list.end * perPosting;
    kept.set(term, list);
    for (const [oldest, { end }] of kept) {
      if (bytes <= cacheBytes) break;
      kept.delete(oldest);
      bytes -= end * perPosting;
    }
    return list;
  };
}
