import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readBeir, readCorpus } from "../../../lib/data/datasets/beir";
import { temporaryFolder } from "../../fixtures";

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "qrels"));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), name.endsWith(".gz") ? gzipSync(text) : text);
  return folder;
}

const complete = {
  "corpus.jsonl.gz":
    '{"_id": "d1", "title": "Heart", "text": "attack"}\n{"_id": "d2", "title": "", "text": "stroke"}\n',
  "queries.jsonl": '{"_id": "q1", "text": "what?"}\n{"_id": "q2", "text": "not judged"}\n',
  "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n",
};

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("a collection is its documents, its judged queries and their judgments, gzipped or not", async () => {
  const { queries, judgments, corpus } = await readBeir(folderWith(complete));
  assert.equal(await all(corpus()), [
    { id: "d1", contents: "Heart\nattack" },
    { id: "d2", contents: "stroke" },
  ]);
  assert.equal([...queries], [["q1", "what?"]]);
  assert.equal(JSON.parse(JSON.stringify(judgments)), { q1: { d1: 2, d2: 0 } });
});

test("Pyserini's form of documents is read, from a file or a folder of files", async () => {
  const folder = folderWith({
    "1.jsonl": '{"id": 7, "contents": "x"}\n',
    "0.jsonl.gz": '{"id": "6", "contents": "w"}\n',
  });
  assert.equal(await all(readCorpus(folder)), [
    { id: "6", contents: "w" },
    { id: "7", contents: "x" },
  ]);
  assert.equal(await all(readCorpus(join(folder, "1.jsonl"))), [{ id: "7", contents: "x" }]);
});

const broken: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ["a missing file", { "qrels/test.tsv": "" }, /has no queries.jsonl/],
  ["a missing split", { "qrels/test.tsv": "" }, /has no qrels\/dev.tsv/],
  ["a judged query without text", { ...complete, "qrels/test.tsv": "q9\td1\t1\n" }, /has no query "q9"/],
  ["judgments of another shape", { ...complete, "qrels/test.tsv": "q1 0 d1 1\n" }, /test.tsv:1: is "q1 0 d1 1"/],
];
for (const [what, files, message] of broken) {
  test(`${what} is named`, async () => {
    const error = await readBeir(folderWith(files), what === "a missing split" ? "dev" : "test").catch(
      (error: Error) => error,
    );
    assert.is((error as Error).name, "CorruptData");
    assert.match(String(error), message);
  });
}

test("a document without an id or a text is named by its line", async () => {
  const folder = folderWith({ "corpus.jsonl": '{"_id": "d1", "text": "x"}\n{"_id": "d2"}\n' });
  assert.match(String(await all(readCorpus(folder)).catch((error: Error) => error)), /corpus.jsonl:2: has no text/);
  assert.match(String(await all(readCorpus(join(folder, "none"))).catch((error: Error) => error)), /does not exist/);
});

test("a query with two texts and a document judged twice differently are refused, with both places", async () => {
  const fails = (files: object, message: RegExp) =>
    readBeir(folderWith({ ...complete, ...files })).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(`${error.name} ${error.message}`, message),
    );
  await fails(
    { "queries.jsonl": `${complete["queries.jsonl"]}{"_id": "q1", "text": "who?"}\n` },
    /CorruptData.*queries.jsonl:3: query "q1" is "who\?" here and "what\?" on line 1/,
  );
  await fails(
    { "qrels/test.tsv": `${complete["qrels/test.tsv"]}q1\td1\t0\n` },
    /CorruptData.*test.tsv:4: document d1 of query q1 has grade 0 here and 2 before/,
  );
  const { queries } = await readBeir(
    folderWith({
      ...complete,
      "queries.jsonl": complete["queries.jsonl"].repeat(2),
      "qrels/test.tsv": `${complete["qrels/test.tsv"]}q1\td1\t2\n`,
    }),
  );
  assert.equal([...queries], [["q1", "what?"]]); // said twice, and alike
});

test.run();
