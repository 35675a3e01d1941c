import { test } from "uvu";
import * as assert from "uvu/assert";
import { limits, parse } from "../../../../lib/search/boolean/syntax/parser";
import type { Query } from "../../../../lib/search/boolean/syntax/query";

/** A query in one line: phrases in quotes, tags in brackets, groups in braces. */
function shown(query: Query | undefined): string {
  if (!query) return "nothing";
  if (query.kind === "range") return `${query.from}..${query.to}[${query.tag}]`;
  if (query.kind === "term")
    return (query.quoted ? `"${query.text}"` : query.text) + (query.tag === undefined ? "" : `[${query.tag}]`);
  if (query.kind !== "group") throw new Error(`no query of these tests has a part of kind ${query.kind}`);
  const links = query.links.map(
    ({ operator, query: part }, i) => (i || operator === "NOT" ? `${operator} ` : "") + shown(part),
  );
  return `{${links.join(" ")}}`;
}

const reads = (text: string, expected: string, ...warnings: string[]) => {
  const parsed = parse(text);
  assert.is(shown(parsed.query), expected, text);
  assert.equal(parsed.warnings, warnings, text);
};

test("operators have no precedence: a list of links, read from the left", () => {
  reads("a OR b AND c NOT d", "{a OR b AND c NOT d}");
  reads("a OR (b AND c)", "{a OR {b AND c}}");
});

test("operands side by side are ANDed, words side by side are one term", () => {
  reads('heart attack "aspirin" (x)', '{heart attack AND "aspirin" AND x}');
  reads("heart attack[tiab] aspirin [ti]", "{heart attack[tiab] AND aspirin[ti]}");
});

test("redundant parentheses leave no trace", () => reads("((aspirin))", "aspirin"));

test("lower-case operators count beside parentheses, quotes and tags, and are words in a sentence", () => {
  reads("aspirin or placebo", "aspirin or placebo");
  reads("humans[mh] not (animals[mh] and x[mh])", "{humans[mh] NOT {animals[mh] AND x[mh]}}");
  reads('a or "b"', '{a OR "b"}');
});

test("AND NOT is NOT; other operators side by side are told", () => {
  reads("a AND NOT b", "{a NOT b}");
  reads("a AND OR b", "{a AND b}", "operators side by side: AND OR, read as AND");
  reads("a OR NOT b", "{a NOT b}", "operators side by side: OR NOT, read as NOT");
});

test("ranges, with and without spaces, quotes and tags in both places", () => {
  reads("2010:2015[dp]", "2010..2015[dp]");
  reads("aspirin 2010/01/01 : 2015[dp]", "{aspirin AND 2010/01/01..2015[dp]}");
  reads('"2010/01/01"[Date - Publication] : "3000"[Date - Publication]', "2010/01/01..3000[Date - Publication]");
});

test("any other colon is punctuation", () => {
  reads("Aspirin : a review", "{Aspirin AND a review}");
  reads("aspirin: a review", "aspirin: a review");
});

test("curly quotes are quotes", () => reads("“heart attack”[tiab]", '"heart attack"[tiab]'));

test("a missing quote is repaired, at the end or in the middle", () => {
  reads('"heart attack AND aspirin', "{heart attack AND aspirin}", 'unbalanced ": left out');
  reads('"a b[mh] OR "c d"[mh]', '{a b[mh] OR "c d"[mh]}', 'unbalanced ": left out');
});

test("unbalanced parentheses are repaired", () => {
  reads("(a OR b", "{a OR b}", 'unbalanced parenthesis: a missing ")" was added at the end');
  reads("a) OR b", "{a OR b}", 'unbalanced parenthesis: a ")" without its "(" was left out');
  reads("a () b", "{a AND b}", "empty parentheses were left out");
});

test("operators without an operand are left out, but NOT is kept for the engine to judge", () => {
  reads(
    "AND a OR",
    "a",
    "operator without a left side: AND was left out",
    "operator without a right side: OR was left out",
  );
  reads("NOT a", "{NOT a}");
});

test("stray tags, brackets and punctuation are left out", () => {
  reads("[tiab] a", "a", "field tag without a term: [tiab] was left out");
  reads("(a OR b)[ti]", "{a OR b}", "field tag behind parentheses: [ti] was left out");
  reads("humans[mh]/ AND [x", "{humans[mh] AND x}", "unbalanced [: left out");
});

test("parentheses of a heading's own name, before a tag that names whole entries, are part of it", () => {
  reads("Power (Psychology)[mh]", "Power (Psychology)[mh]");
  reads("aspirin OR Power (Psychology) Use[majr:noexp]", "{aspirin OR Power (Psychology) Use[majr:noexp]}");
  reads("Benz(a)Anthracenes[mh]", "Benz (a) Anthracenes[mh]");
  reads("x (a OR b)[mh]", "{x AND {a OR b}}", "field tag behind parentheses: [mh] was left out");
  reads("x (a)[tiab]", "{x AND a}", "field tag behind parentheses: [tiab] was left out");
  reads("x (a) AND b[mh]", "{x AND a AND b[mh]}");
});

test("proximity stays where PubMed has it", () => {
  reads('"a b"[tiab:~2] OR "c d"[ad:~3]', '{"a b"[tiab:~2] OR "c d"[ad:~3]}');
  reads('"a b"[mh:~2]', '"a b"[mh]', 'PubMed has no proximity in [mh]: "a b"[mh:~2] was searched as [mh], without ~2');
});

test("nothing to search for is no query and no warning of its own", () => {
  for (const text of ["", "  ", "*", "- / -"]) reads(text, "nothing");
});

test("length, depth and number of terms are bounded", () => {
  assert.match(
    parse("a ".repeat(limits.characters)).warnings[0]!,
    new RegExp(`^query too long: ${2 * limits.characters} characters`),
  );
  const deep = parse(`${"(".repeat(limits.depth + 1)}x${")".repeat(limits.depth + 1)} AND y`);
  assert.is(shown(deep.query), "y");
  assert.match(deep.warnings[0]!, /^parentheses nested deeper than 64/);
  const many = parse("a OR ".repeat(limits.terms + 1)).query;
  assert.is(many?.kind === "group" && many.links.length, limits.terms);
});

test.run();
