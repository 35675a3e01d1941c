import { fieldOf } from "./fields";
import { subset } from "./subsets";
import type { Link, Query } from "./syntax";

/** Whether the records can tell what a term asks: false for a field or a filter of PubMed that they lack. */
function known(query: Query): boolean {
  if (query.kind === "group") return true;
  const field = fieldOf((query.tag ?? "").replace(/:\s*~\s*\d+$/, ""));
  return field?.kind !== "absent" && (field?.kind !== "filter" || (query.kind === "term" && subset(query.text) !== undefined));
}

/**
 * What of a query can be told for sure, as NOT needs it: where one side of an AND is a field that the records lack, nothing of both is sure.
 * `NOT (medline[sb] AND 2010[dp])` must not take away all of 2010. Undefined where nothing is left. `leftOut` is told of each unknown term.
 */
export function decidable(query: Query, leftOut: (term: Exclude<Query, { kind: "group" }>) => void): Query | undefined {
  if (query.kind !== "group") return known(query) ? query : void leftOut(query);
  let links: Link[] = [];
  let sure = false; // whether `links` is what stands to the left
  for (const [i, { operator, query: part }] of query.links.entries()) {
    const own = decidable(part, leftOut);
    if (i === 0) [links, sure] = own ? [[{ operator, query: own }], true] : [[], false];
    else if (operator === "OR") {
      if (own) [links, sure] = sure ? [[...links, { operator, query: own }], true] : [[{ operator: "AND", query: own }], true];
    } else if (own && sure) links = [...links, { operator, query: own }];
    else [links, sure] = [[], false];
  }
  return sure ? { kind: "group", links } : undefined;
}
