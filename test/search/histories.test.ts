import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { readQuery } from "../../lib/search/boolean/history/search-lines";
import type { Query, Term } from "../../lib/search/boolean/syntax/query";
import { literature } from "../../lib/search/literature";
import { sharedFile } from "../fixtures";
import { finds, historyOf, nodesOf, type History, type Line } from "./history-reader";

/** Parts of the warnings that say that some of a history was left out. */
const losses = [
  "could not be read",
  "does not stand before",
  "limit left out",
  "keeps single",
  "lines before were left out",
  "without a number was left out",
];

const blank = { abstract: "", mesh: [], date: "2010", journal: "", authors: [], types: [] };
const wordOf = ({ number }: Line, text: number): string => `qz${number}x${text}`;

/**
 * The history with every text replaced by a word of its own: numbers, counts, references and operators stay as printed.
 */
function emptied({ lines, pubmed, newestFirst }: History): string {
  const printed = lines.map((line) => {
    let texts = 0;
    const body = line.limited
      ? `limit ${line.nodes.map((node) => (node.kind === "line" ? node.number : "")).join("")} to english language`
      : line.nodes
          .map((node) =>
            node.kind === "text"
              ? `${wordOf(line, texts++)}${pubmed ? "[tiab]" : ".tw."}`
              : node.kind === "line"
                ? pubmed
                  ? `#${node.number}`
                  : node.number
                : node.kind === "list"
                  ? `${node.operator}/${node.numbers.join(",")}`
                  : node.kind === "operator"
                    ? pubmed
                      ? node.operator.toUpperCase()
                      : node.operator
                    : node.kind === "open"
                      ? "("
                      : ")",
          )
          .join(" ");
    return `${line.mark}${body}${line.count}`;
  });
  return (newestFirst ? printed.reverse() : printed).join("\n");
}

/** Whether the library finds what the independent reader says, among records that hold some of the words each. */
async function sameSets(history: History, id: string): Promise<boolean> {
  const words = history.lines.flatMap((line) =>
    line.nodes.filter(({ kind }) => kind === "text").map((_, text) => wordOf(line, text)),
  );
  const rng = random(id);
  const records = Array.from({ length: 200 }, (_, i) => {
    const share = [0.02, 0.1, 0.4, 0.8][i % 4]!;
    return words.filter(() => rng.next() < share);
  });
  const engine = literature(records.map((held, i) => ({ ...blank, pmid: String(i + 1), title: held.join(" ") })));
  const { hits } = await engine.search(emptied(history), 1000);
  const expected = finds(
    history,
    (line, text) => new Set(records.flatMap((held, i) => (held.includes(wordOf(line, text)) ? [i + 1] : []))),
  );
  return hits.length === expected.size && hits.every(({ docId }) => expected.has(Number(docId)));
}

const termsOf = (query: Query, seen = new Set<Query>()): readonly Term[] => {
  if (seen.has(query)) return [];
  seen.add(query);
  if (query.kind === "term") return [query];
  if (query.kind === "group") return query.links.flatMap(({ query: part }) => termsOf(part, seen));
  if (query.kind === "near") return [...termsOf(query.left, seen), ...termsOf(query.right, seen)];
  return query.kind === "set" && query.query ? termsOf(query.query, seen) : [];
};

const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * Words that the library searches and that stand in no text of the history: numbers of lines, commands and the like.
 */
function strangers(query: Query, history: History | undefined, strategy: string): readonly string[] {
  const texts = history
    ? history.lines.flatMap(({ nodes, limited }) =>
        nodes.flatMap((node) => (node.kind === "text" && !limited ? wordsIn(node.text) : [])),
      )
    : wordsIn(strategy);
  const groups = strategy.match(/^.*\blimit \d.*$/im)
    ? wordsIn("infant newborn child preschool adolescent randomized")
    : []; // headings and types that Ovid's limits stand for
  const known = new Set([...texts, ...groups, ...(strategy.match(/(?<=\blimits?\b).*/gi) ?? []).flatMap(wordsIn)]);
  const own = termsOf(query)
    .filter(({ tag }) => tag !== "sh")
    .flatMap(({ text }) => wordsIn(text.split("/")[0]!)); // codes of qualifiers are read as their names
  return [...new Set(own.filter((word) => !known.has(word)))];
}

test("the reader of the test itself knows numbers, references and what a line joins", () => {
  const at = (text: string, ...held: string[]) =>
    finds(historyOf(text)!, (line, number) => new Set(held.includes(`${line.number}.${number}`) ? [1] : [])).size > 0;
  assert.equal(
    [at("1 a.tw.\n2 b.tw.\n3 or/1-2", "2.0"), at("1. a\n2. b\n3. 1 and 2", "2.0"), at("a.tw.\nb.tw.\n1 not 2", "1.0")],
    [true, false, true],
  );
  assert.equal(
    [
      at("1. a\n2. 1 and (b or c).tw.", "1.0", "2.0"),
      at("1. a\n2. b\n3. 1 or 2 and x.pt.", "1.0"),
      at("1 a\n2 b\n3 1-2/OR (20)", "1.0"),
    ],
    [true, true, true],
  );
  assert.equal(
    nodesOf("5 fluorouracil or 3").map(({ kind }) => kind),
    ["text", "operator", "line"],
  );
});

const file = sharedFile("data/strategies/histories.jsonl");
if (file) {
  test("of 304 published histories at least 295 are read in full, and the others say what is left out", async () => {
    const rows = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; strategy: string });
    assert.is(rows.length, 304);
    const others: string[] = [];
    for (const { id, strategy } of rows) {
      const history = historyOf(strategy);
      const { query, warnings } = readQuery(strategy, "detect");
      const lost = warnings.filter((warning) => losses.some((loss) => warning.includes(loss)));
      const strange = query ? strangers(query, history, strategy) : ["nothing was read"];
      const same = history ? await sameSets(history, id) : true;
      if (same && !strange.length && !lost.length && query) continue;
      others.push(id);
      assert.ok(
        lost.length || !query,
        `${id} is read otherwise and says nothing: ${same ? strange.join(" ") : "other sets"}`,
      );
    }
    console.log(
      `304 published histories: ${304 - others.length} read in full; ` +
        `${others.length} say what was left out: ${others.join(", ")}`,
    );
    assert.ok(304 - others.length >= 295, others.join(" "));
  });
}

test.run();
