import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import type { Publication } from "../../../lib/core/records";
import { readPublications } from "../../../lib/data/bibliography/publications";
import { corpus } from "../../../lib/search/boolean/corpus";
import { evaluate } from "../../../lib/search/boolean/evaluate";
import { mapped } from "../../../lib/search/boolean/mapping/mapping";
import { Notices } from "../../../lib/search/boolean/mapping/notices";
import { firstIn } from "../../../lib/search/boolean/record-sets/record-set";
import { readQuery } from "../../../lib/search/boolean/history/search-lines";
import { ownHeadings, termTable } from "../../../lib/search/boolean/vocabulary/thesaurus";
import { words } from "../../../lib/search/boolean/text/words";
import { plainly } from "./plain-evaluation";
import { skip } from "../../skip";

const shared = "../shared/data/pubmed";
const rng = random("evaluation");

/** Whether every query finds, by the index, what a reader of all records finds. */
function agree(publications: readonly Publication[], queries: readonly string[]): number {
  const records = corpus(publications);
  const table = termTable(ownHeadings(publications));
  const byId = new Map(publications.map((publication) => [publication.pmid, publication]));
  const plain = plainly(records.ids.map((id) => byId.get(id)!));
  let found = 0;
  for (const query of queries) {
    records.sets.store.turn();
    const { query: syntax } = readQuery(query, "detect");
    const plan = syntax && mapped(syntax, { corpus: records, table, notices: new Notices() });
    if (!plan) continue;
    const hits = [...firstIn(evaluate(plan, records), records.size, 0, records.size)];
    assert.equal(
      hits,
      [...plain(plan)].sort((a, b) => a - b),
      query,
    );
    if (hits.length) found++;
  }
  return found;
}

/**
 * A line of Ovid's: fields on sides and around, adjacency between words, phrases, groups and chains, and wild cards.
 */
function drawnOvid(publications: readonly Publication[], depth: number): string {
  const text = words(rng.pick(publications).title); // of one record: most of its words stand near each other
  const word = (): string => {
    const [one = "aspirin", next = "heart"] = text.slice(rng.below(Math.max(1, text.length - 1)));
    const cut = 1 + rng.below(Math.max(1, one.length - 1));
    return rng.pick([
      () => one,
      () => one,
      () => `${one} ${next}`,
      () => `${one.slice(0, 4)}$`,
      () => `${one.slice(0, 2)}*`,
      () => `${one.slice(0, cut)}$${rng.below(5)}`,
      () => `${one.slice(0, cut)}#${one.slice(cut + 1)}`,
      () => `${one.slice(0, cut)}?${one.slice(cut)}`,
      () => `"${one} ${next}"`,
    ])();
  };
  const field = () => rng.pick(["", "", "", ".tw.", ".ti.", ".ab.", ".mp."]);
  const side = (): string =>
    rng.pick([
      () => word(),
      () => word() + field(),
      () => `(${word()} or ${word()} or ${word()})${field()}`,
      () => `(${word()} adj${1 + rng.below(4)} ${word()})`,
    ])();
  if (depth === 0 || rng.next() < 0.4) {
    const pair = `${side()} ${rng.pick(["adj", "adj1", "adj2", "adj3", "adj6"])} ${side()}`;
    return `(${pair}${rng.next() < 0.2 ? ` adj4 ${side()}` : ""})${field()}`;
  }
  return Array.from(
    { length: 1 + rng.below(3) },
    (_, i) =>
      (i ? rng.pick([" and ", " or ", " not "]) : "") +
      (rng.next() < 0.5 ? `(${drawnOvid(publications, depth - 1)})` : word() + field()),
  ).join("");
}

/** A query as people and models write them: groups in groups, words, phrases, fields, and operators in any order. */
function drawn(publications: readonly Publication[], depth: number): string {
  const term = (): string => {
    const { title, abstract, mesh, authors, journal, types, pmid } = rng.pick(publications);
    const text = words(rng.next() < 0.6 || !abstract ? title : abstract);
    const at = rng.below(Math.max(1, text.length));
    const [word = "aspirin", next = "heart", third = "pain"] = text.slice(at);
    return rng.pick([
      () => word,
      () => `${word} ${next}`,
      () => `${word} ${next} ${third}`,
      () => `"${word} ${next}"${rng.pick(["", "[tiab]", "[ti]"])}`,
      () => `${word}${rng.pick(["[tiab]", "[ti]", "[ab]", "[tw]"])}`,
      () => `${word.slice(0, 5)}*`,
      () => `"${word} ${next.slice(0, 4)}*"[tiab]`,
      () => `"${word} ${rng.pick(text.length ? text : ["x"])}"[tiab:~${rng.below(6)}]`,
      () => `"${(mesh[0] ?? "Humans").replace(/\*/g, "")}"${rng.pick(["[mh]", "[majr]", ""])}`,
      () => `${authors[0] ?? "Kon E"}[au]`,
      () => `${journal}[ta]`,
      () => `${types[0] ?? "Review"}[pt]`,
      () => `${pmid}[pmid]`,
      () => rng.pick(["2001:2004[dp]", "1999[dp]", "hasabstract", "zzqqx", "the"]),
    ])();
  };
  if (depth === 0 || rng.next() < 0.3) return term();
  return Array.from(
    { length: 1 + rng.below(4) },
    (_, i) =>
      (i ? rng.pick([" AND ", " OR ", " OR ", " NOT ", " "]) : rng.next() < 0.05 ? "NOT " : "") +
      (rng.next() < 0.5 ? `(${drawn(publications, depth - 1)})` : term()),
  ).join("");
}

if (!existsSync(`${shared}/corpus.jsonl.gz`)) skip("no shared data");
else {
  const rows = (file: string) =>
    readFileSync(`${shared}/boolean-queries/${file}`, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
  const published = [...rows("sysrev-seed-collection.jsonl"), ...rows("clef-tar-2019.jsonl")].map(
    (row) => row["edited_search"] ?? row["query"]!,
  );

  test("the 160 published queries and 760 random ones find what a reader of every record finds", async () => {
    const real = await readPublications(`${shared}/corpus.jsonl.gz`);
    const some = rng.shuffle([...real]).slice(0, 100);
    assert.is(published.length, 160);
    assert.ok(agree(some, published) > 10); // most are reviews of what none of the 100 records is about
    assert.ok(
      agree(
        some,
        Array.from({ length: 700 }, () => drawn(some, 3)),
      ) > 400,
    );
    assert.ok(
      agree(
        some,
        Array.from({ length: 60 }, () => drawnOvid(some, 2)),
      ) > 30,
    );
  });
}

test("sets that are lists in a larger corpus are the same", () => {
  const vocabulary = Array.from({ length: 400 }, (_, i) => `w${i.toString(36)}x`);
  const word = () => vocabulary[Math.floor(rng.next() ** 4 * vocabulary.length)]!; // some in most records, most in few
  const text = (length: number) => Array.from({ length }, word).join(" ");
  const publications = Array.from(
    { length: 2000 },
    (_, i): Publication => ({
      pmid: String(i),
      title: text(4),
      abstract: rng.next() < 0.5 ? text(6) : "",
      mesh: rng.next() < 0.5 ? [word()] : [],
      date: `${1990 + rng.below(30)}`,
      journal: "",
      authors: [],
      types: [],
    }),
  );
  assert.ok(
    agree(
      publications,
      Array.from({ length: 250 }, () => drawn(publications, 3)),
    ) > 100,
  );
});

test.run();
