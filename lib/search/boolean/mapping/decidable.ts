import { fieldOf } from "../syntax/fields";
import { subset } from "../syntax/subsets";
import type { Link, Query } from "../syntax/query";

type Leaf = Extract<Query, { kind: "term" | "range" }>;

/** Whether the records hold what a term asks for: false for a field or a filter of PubMed that they lack. */
function known(query: Leaf): boolean {
  const field = fieldOf((query.tag ?? "").replace(/:\s*~\s*\d+$/, ""));
  return (
    field?.kind !== "absent" &&
    (field?.kind !== "filter" || (query.kind === "term" && subset(query.text) !== undefined))
  );
}

/**
 * The part of a query that the records can decide. NOT needs it: where one side of an AND asks for a field that the
 * records lack, the AND is left out as a whole, since `NOT (medline[sb] AND 2010[dp])` must not take away all of 2010.
 *
 * @param leftOut is called for each term that is left out because its field is unknown
 * @returns undefined where nothing can be decided
 */
export function decidable(
  query: Query,
  leftOut: (term: Leaf) => void,
  decided = new Map<Query, Query | undefined>(),
): Query | undefined {
  if (query.kind === "near")
    return decidable(query.left, leftOut, decided) && decidable(query.right, leftOut, decided) && query;
  if (query.kind === "set") {
    // many lines may name one
    if (query.query && !decided.has(query.query)) decided.set(query.query, decidable(query.query, leftOut, decided));
    const own = query.query && decided.get(query.query);
    return own && { ...query, query: own };
  }
  if (query.kind !== "group") return known(query) ? query : void leftOut(query);
  let links: Link[] = [];
  let sure = false; // whether `links` holds everything on the left
  for (const [i, { operator, query: part }] of query.links.entries()) {
    const own = decidable(part, leftOut, decided);
    if (i === 0) [links, sure] = own ? [[{ operator, query: own }], true] : [[], false];
    else if (operator === "OR") {
      if (own)
        [links, sure] = sure ? [[...links, { operator, query: own }], true] : [[{ operator: "AND", query: own }], true];
    } else if (own && sure) links = [...links, { operator, query: own }];
    else [links, sure] = [[], false];
  }
  return sure ? { kind: "group", links } : undefined;
}
