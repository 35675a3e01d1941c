import { fieldOf } from "../syntax/fields";
import { subset } from "../syntax/subsets";
import type { Link, Query } from "../syntax/query";

type Leaf = Extract<Query, { kind: "term" | "range" }>;

/** Whether the records can tell what a term asks: false for a field or a filter of PubMed that they lack. */
function known(query: Leaf): boolean {
  const field = fieldOf((query.tag ?? "").replace(/:\s*~\s*\d+$/, ""));
  return (
    field?.kind !== "absent" &&
    (field?.kind !== "filter" || (query.kind === "term" && subset(query.text) !== undefined))
  );
}

/**
 * What of a query can be told for sure, as NOT needs it: where one side of an AND is a field that the records lack, nothing of both is sure.
 * `NOT (medline[sb] AND 2010[dp])` must not take away all of 2010. Undefined where nothing is left. `leftOut` is told of each unknown term.
 */
export function decidable(
  query: Query,
  leftOut: (term: Leaf) => void,
  made = new Map<Query, Query | undefined>(),
): Query | undefined {
  if (query.kind === "near")
    return decidable(query.left, leftOut, made) && decidable(query.right, leftOut, made) && query;
  if (query.kind === "set") {
    if (query.query && !made.has(query.query)) made.set(query.query, decidable(query.query, leftOut, made)); // a line may be named many times
    const own = query.query && made.get(query.query);
    return own && { ...query, query: own };
  }
  if (query.kind !== "group") return known(query) ? query : void leftOut(query);
  let links: Link[] = [];
  let sure = false; // whether `links` is what stands to the left
  for (const [i, { operator, query: part }] of query.links.entries()) {
    const own = decidable(part, leftOut, made);
    if (i === 0) [links, sure] = own ? [[{ operator, query: own }], true] : [[], false];
    else if (operator === "OR") {
      if (own)
        [links, sure] = sure ? [[...links, { operator, query: own }], true] : [[{ operator: "AND", query: own }], true];
    } else if (own && sure) links = [...links, { operator, query: own }];
    else [links, sure] = [[], false];
  }
  return sure ? { kind: "group", links } : undefined;
}
