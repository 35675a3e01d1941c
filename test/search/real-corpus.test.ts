import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPublications, readTopics } from "../../lib/data/bibliography/publications";
import { readQrels } from "../../lib/data/trec/qrels";
import { parse } from "../../lib/search/boolean/syntax/parser";
import { readQuery } from "../../lib/search/boolean/history/search-lines";
import { literature } from "../../lib/search/literature";
import { skip } from "../skip";

const shared = "../shared/data/pubmed";

test("an engine without records answers, whatever is asked", async () => {
  assert.is((await literature([]).search('(aspirin OR "heart attack"[tiab]) NOT 2010[dp]', 10)).total, 0);
});

if (!existsSync(`${shared}/corpus.jsonl.gz`)) skip("no shared data");
else {
  test("21,003 real records load, and 160 published Boolean queries run on them", async () => {
    const publications = await readPublications(`${shared}/corpus.jsonl.gz`);
    assert.is(publications.length, 21_003);
    const engine = literature(publications);
    assert.is(engine.size, 21_003);

    const rows = (file: string) =>
      readFileSync(`${shared}/boolean-queries/${file}`, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, string>);
    const pubmed = rows("sysrev-seed-collection.jsonl").map((row) => row["edited_search"]!);
    const mixed = rows("clef-tar-2019.jsonl").map((row) => row["query"]!); // PubMed's syntax and Ovid's
    assert.is(pubmed.length + mixed.length, 160);
    const ovid = mixed.filter((query) => readQuery(query, "detect").warnings[0]?.startsWith("read as"));
    assert.is(ovid.length, 109); // the others are in PubMed's syntax
    for (const query of [...pubmed, ...mixed]) {
      assert.ok(parse(query).query, query);
      assert.ok(readQuery(query, "detect").query, query);
      await engine.search(query, 50, { maxDate: "2015/12/31" });
    }
    const repaired = pubmed.flatMap((query) => parse(query).warnings);
    assert.ok(repaired.length <= 8, repaired.join("\n")); // careful searchers, few slips

    // what review authors included is found by a searcher's query for it
    const judgments = await readQrels(`${shared}/qrels.txt.gz`);
    const topics = await readTopics(`${shared}/topics.jsonl`);
    assert.is(topics.length, 16);
    for (const { title } of topics) await engine.search(title, 3000);
    const recall = async (topic: string, query: string) => {
      const included = Object.entries(judgments[topic]!)
        .filter(([, grade]) => grade > 0)
        .map(([docId]) => docId);
      const found = new Set((await engine.search(query, 21_003)).hits.map(({ docId }) => docId));
      return included.filter((docId) => found.has(docId)).length / included.length;
    };
    const inhibitors =
      "(proton pump inhibitor* OR omeprazole OR lansoprazole OR pantoprazole OR rabeprazole OR esomeprazole) AND " +
      "(trial OR random* OR compar*)";
    assert.ok((await recall("Cohen_ProtonPumpInhibitors", inhibitors)) > 0.9);
    assert.ok((await recall("Cohen_ProtonPumpInhibitors", "Drug class review: Proton pump inhibitors")) < 0.1);
  });
}

test.run();
