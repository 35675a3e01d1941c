import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { readQuery } from "../../lib/search/boolean/history/search-lines";
import type { Query } from "../../lib/search/boolean/syntax/query";
import { sharedFile } from "../fixtures";
import { atomKey, linesOf, read, truth, type Expression } from "./strategy-reader";

/** What the library read, in the form of the independent reader. */
const expressions = new WeakMap<Query, Expression>();

/** The same object for the same set, however many lines name it. */
function once(query: Query): Expression {
  const known = expressions.get(query) ?? expressionOf(query);
  expressions.set(query, known);
  return known;
}

function expressionOf(query: Query): Expression {
  if (query.kind === "term") return { kind: "atom", key: atomKey(query.text, query.tag) };
  if (query.kind === "range")
    return { kind: "atom", key: `${query.from}:${query.to}|${query.tag.toLowerCase().replace(/[^a-z0-9~:]/g, "")}` };
  if (query.kind === "set")
    return query.query ? once(query.query) : { kind: "atom", key: `line ${query.number} is missing` };
  if (query.kind === "near")
    return {
      kind: "joined",
      parts: [
        ["AND", expressionOf(query.left)],
        ["AND", expressionOf(query.right)],
      ],
    };
  return {
    kind: "joined",
    parts: query.links.map(({ operator, query: part }) => [operator, expressionOf(part)] as const),
  };
}

const atoms = (expression: Expression): readonly string[] =>
  expression.kind === "atom" ? [expression.key] : expression.parts.flatMap(([, part]) => atoms(part));

/** Why two readings differ: atoms that only one has, or an assignment of truth to atoms under which they disagree. */
function difference(one: Expression | undefined, other: Expression | undefined, seed: string): string | undefined {
  if (!one || !other) return one === other ? undefined : "one of them is empty";
  const [mine, theirs] = [new Set(atoms(one)), new Set(atoms(other))];
  const only = [
    ...[...mine].filter((key) => !theirs.has(key)).map((key) => `only the library: ${key}`),
    ...[...theirs].filter((key) => !mine.has(key)).map((key) => `only the reader: ${key}`),
  ];
  if (only.length) return only.slice(0, 4).join("; ");
  const rng = random(seed);
  for (let i = 0; i < 200; i++) {
    const share = [0.02, 0.1, 0.5, 0.9][i % 4]!;
    const held = new Set([...theirs].filter(() => rng.next() < share));
    if (truth(one, (key) => held.has(key)) !== truth(other, (key) => held.has(key)))
      return `they disagree where only ${[...held].slice(0, 5).join(", ")} hold`;
  }
  return undefined;
}

test("the reader of the test itself takes operators from left to right and sets by their numbers", () => {
  const at = (strategy: string, ...held: string[]) => truth(read(strategy)!, (key) => held.includes(key));
  assert.equal(
    [
      at("a OR b AND c", "a|"),
      at("a OR (b AND c)", "a|"),
      at('a[ti] NOT "b c"[mh]', "a|ti"),
      at("a NOT b", "a|", "b|"),
    ],
    [false, true, true, false],
  );
  assert.equal([at("#1 a[ti]\n#2 b\n#3 #1 OR #2", "b|"), at("1. a\n2. b\n3. #1 AND #2", "b|")], [true, false]);
  assert.is(at("2010:2015[dp] AND x", "2010:2015|dp", "x|"), true);
});

const file = sharedFile("data/strategies/pubmed.jsonl");
if (file) {
  const strategies = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; strategy: string });

  test("53 published strategies are read as an independent reader reads them", () => {
    assert.is(strategies.length, 53);
    const wrong = new Map<string, string>();
    for (const { id, strategy } of strategies) {
      const { query, warnings } = readQuery(strategy, "detect");
      const why = difference(query && expressionOf(query), read(strategy), id);
      if (why)
        wrong.set(
          id,
          `${linesOf(strategy) ? "history" : "query"}: ` +
            `${why}${warnings.length ? ` (told: ${warnings.slice(0, 3).join("; ")})` : ""}`,
        );
    }
    const histories = strategies.filter(({ strategy }) => linesOf(strategy)).length;
    // one published line names itself: said, with its number
    const told = [...wrong].filter(([, why]) => /\(told:.*does not stand before it/.test(why));
    assert.equal(
      [...wrong.keys()].filter((id) => !told.some(([known]) => known === id)),
      [],
    );
    assert.ok(told.length <= 1);
    console.log(`${strategies.length - histories} queries, ${histories} histories; read alike: ${53 - wrong.size}`);
    for (const [id, why] of wrong) console.log(`  ${id} ${why}`);
  });
}

test.run();
