import { test } from "uvu";
import * as assert from "uvu/assert";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sharedFile, temporaryFolder } from "../fixtures";
import { tinyEncoder } from "../models/encoder/tiny-encoder";
import { commandLine } from "./capture";

test("what is missing is asked for, with exit code 2", async () => {
  for (const [argv, question] of [
    [["eval", "ir"], /which collection\? Give --beir DIR/],
    [["eval", "ir", "--beir", "x", "--b", "2"], /--b is "2"; it must be between 0 and 1/],
    [["index", "build"], /which documents\?/],
    [["search"], /which index\?/],
    [["search", "--index", "x"], /what to search for\?/],
    [["search", "--index", "x", "--k", "0", "q"], /--k is "0"; it must be a whole number from 1/],
  ] as const) {
    const { exit, err } = await commandLine(...argv);
    assert.match(err, question);
    assert.is(exit, 2);
  }
});

test("queries come as lines, with ids before a tab, or as a BEIR file has them", async () => {
  const folder = temporaryFolder();
  const written = (name: string, text: string) => (writeFileSync(join(folder, name), text), join(folder, name));
  const corpus = written("corpus.jsonl", '{"_id": "d1", "text": "the cat"}\n{"_id": "d2", "text": "a dog"}\n');
  const index = join(folder, "index");
  assert.is((await commandLine("index", "build", "--corpus", corpus, "--out", index)).exit, 0);
  const found = async (file: string) =>
    (await commandLine("search", "--index", index, "--queries", file)).out.replaceAll(/ [\d.]+ bm25/g, "");
  assert.is(await found(written("q.txt", "cat\ndog\n")), "1 Q0 d1 1\n2 Q0 d2 1\n");
  assert.is(await found(written("q.tsv", "x\tcat\ny\tdog\n")), "x Q0 d1 1\ny Q0 d2 1\n");
  assert.is(
    await found(written("q.jsonl", '{"_id": "x", "text": "cat"}\n{"_id": "y", "text": "dog"}\n')),
    "x Q0 d1 1\ny Q0 d2 1\n",
  );
  const { exit, err } = await commandLine(
    "search",
    "--index",
    index,
    "--queries",
    written("bad.jsonl", '{"_id": "x", "text": "cat"}\n{"_id": "y"}\n'),
  );
  assert.is(exit, 1);
  assert.match(err, /bad\.jsonl:2: has no _id or no text/);
});

const scifact = sharedFile("data/ir/scifact");
if (scifact) {
  test("SciFact's measures are Anserini's", async () => {
    const { exit, out } = await commandLine("eval", "ir", "--beir", scifact, "--json");
    const { measures, queries } = JSON.parse(out) as { measures: Record<string, number>; queries: number };
    assert.is(exit, 0);
    assert.is(queries, 300);
    assert.equal(
      Object.entries(measures).map(([name, value]) => `${name} ${value.toFixed(4)}`),
      ["nDCG@10 0.6789", "R@100 0.9253", "R@1000 0.9767", "AP 0.6401"],
    );
  });

  test("an index is built and searched from the command line", async () => {
    const index = join(temporaryFolder(), "index");
    assert.is(
      (
        JSON.parse((await commandLine("index", "build", "--corpus", scifact, "--out", index, "--json")).out) as {
          documents: number;
        }
      ).documents,
      5183,
    );
    const { out } = await commandLine("search", "--index", index, "--k", "2", "--json", "vitamin D deficiency");
    assert.equal(
      (JSON.parse(out) as { hits: { docId: string }[] }).hits.map(({ docId }) => docId),
      ["23267371", "30720103"],
    );
    assert.match(
      (await commandLine("search", "--index", index, "--k", "1", "vitamin D deficiency")).out,
      /^1 Q0 23267371 1 9\.405\d* bm25\n$/,
    );
  });
}

/** Six documents about cats and mats, and a judged query. */
function cats(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "qrels"));
  const texts = ["the cat", "the cats sat", "a mat", "on the mat", "sat", "query"];
  writeFileSync(
    join(folder, "corpus.jsonl"),
    texts.map((text, i) => JSON.stringify({ _id: `d${i}`, text })).join("\n"),
  );
  writeFileSync(join(folder, "queries.jsonl"), JSON.stringify({ _id: "q", text: "the cat" }));
  writeFileSync(join(folder, "qrels/test.tsv"), "query-id\tcorpus-id\tscore\nq\td0\t1\n");
  return folder;
}

test("an encoder indexes, searches and is evaluated from the command line", async () => {
  const [folder, model, index] = [
    cats(),
    tinyEncoder({
      files: {
        "modules.json": [
          { idx: 0, path: "", type: "sentence_transformers.models.Transformer" },
          { idx: 1, path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
        ],
      },
    }),
    join(temporaryFolder(), "dense"),
  ];
  const built = await commandLine("index", "build", "--corpus", folder, "--out", index, "--dense", model, "--json");
  assert.equal(
    { ...JSON.parse(built.out), seconds: 0 },
    { documents: 6, dimensions: 8, bytes: 6 * 8 * 4, seconds: 0, out: index },
  );
  const best = async (...options: string[]) =>
    (
      JSON.parse((await commandLine("search", "--index", index, "--k", "6", "--json", ...options, "the cat")).out) as {
        hits: { docId: string; score: number }[];
      }
    ).hits;
  const hits = await best();
  assert.is(hits.length, 6);
  assert.ok(Math.abs(hits.find(({ docId }) => docId === "d0")!.score - 1) < 1e-5); // the query's own text, normalised
  assert.is(hits[0]!.docId, "d0");
  assert.equal(
    (await best("--approximate")).map(({ docId }) => docId),
    hits.map(({ docId }) => docId),
  );
  assert.ok(existsSync(join(index, "graph.usearch")));
  const { measures } = JSON.parse(
    (await commandLine("eval", "ir", "--beir", folder, "--dense", model, "--json")).out,
  ) as { measures: Record<string, number> };
  assert.is(measures["nDCG@10"], 1);
});

test.run();
