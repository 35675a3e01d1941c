import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runNotebook, type RunReport } from "../lib/notebook/runner/run";
import { joined } from "../lib/notebook/runner/nbformat";
import { readmeSnippets, root } from "./documentation";
import { temporaryFolder } from "./fixtures";
import { tinyEncoder } from "./models/encoder/tiny-encoder";
import { built, code, notebook, outputs } from "./notebook/runner/bench";
import { skip } from "./skip";

/**
 * The README's snippets, run as a reader would: one after the other in a notebook in notebooks/, with small files in
 * the places that they name. A snippet that needs a server of somebody else is compiled only (documentation.test.ts).
 */

const project = temporaryFolder();
const elsewhere =
  /^README.md: (Corpora past one machine|Models from Hugging Face|Models behind a server|The kernel|What it does out of the box \(2\))$/;

/** What a reader with more time or a network would leave as it is. */
const smaller: readonly (readonly [text: string | RegExp, instead: string])[] = [
  ["steps: 100, batchSize: 2, learningRate: 2e-4", "steps: 1, batchSize: 2, learningRate: 2e-4"],
  ["steps: 100", "steps: 1, batchSize: 2, miniBatch: 2"],
  ['pubmed({ split: "test" })', 'pubmed({ split: "test", limit: 2 })'],
  ['encoder("BAAI/bge-base-en-v1.5", encoderRecipes.bge)', `encoder(${JSON.stringify(tinyEncoder())})`],
  [
    'model("Qwen/Qwen2.5-1.5B-Instruct", { frozen: "bf16", plan: { batch: 2, length: 256 } })',
    'model("data/checkpoints/pubmed-coldstart", { plan: { batch: 2, length: 256 } })',
  ],
  [/^await publishedData.*$/m, ""],
  [/^const trials = .*$/m, ""],
  ["{ engine: eutils() }", "{ engine: train.engine }"],
  ["batchSize: 8, miniBatch: 2,", "steps: 1, batchSize: 2, miniBatch: 2,"],
  ["Array(8)", "Array(2)"],
];
const made = (text: string): string => smaller.reduce((whole, [from, to]) => whole.replace(from, to), text);

/** What stands where the snippets look: rows in the form of each file, few of them. */
function lay(): void {
  const write = (name: string, ...rows: readonly (string | object)[]): void => {
    const file = path.join(project, name);
    mkdirSync(path.dirname(file), { recursive: true });
    const text = rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join("");
    writeFileSync(file, name.endsWith(".gz") ? gzipSync(text) : text);
  };
  write("package.json", {});
  mkdirSync(path.join(project, "notebooks"));
  mkdirSync(path.join(project, "data/checkpoints"), { recursive: true });
  symlinkSync(
    path.join(root, "data/checkpoints/pubmed-coldstart"),
    path.join(project, "data/checkpoints/pubmed-coldstart"),
  );
  const topics = [
    "asthma in children",
    "gout in men",
    "statins after stroke",
    "falls of old people",
    "aspirin for fever",
  ];
  write("corpus.jsonl.gz", ...topics.map((title, i) => ({ pmid: String(i + 1), title, date: "2001" })));
  write("qrels.txt", ...topics.map((_, i) => `t${i} 0 ${i + 1} 1`));
  write("topics.jsonl", ...topics.map((title, i) => ({ topic: `t${i}`, title })));
  for (const folder of ["scifact", "data/scifact"]) {
    write(`${folder}/corpus.jsonl`, { _id: "d", title: "", text: "vitamin D deficiency is common" });
    write(`${folder}/queries.jsonl`, { _id: "q", text: "vitamin D" });
    write(`${folder}/qrels/test.tsv`, "query-id\tcorpus-id\tscore", "q\td\t1");
  }
  write("squad.test.parquet", { id: "1", question: "where is the tower", answers: ["Paris"] }); // its first bytes tell what it is
  write("wiki.jsonl", { id: "p", title: "Tower", text: "the tower stands in Paris" });
  write(
    "spider.val.parquet",
    JSON.stringify([{ question: "how many singers?", query: "SELECT count(*) FROM singer", db_id: "concert_singer" }]),
  );
  write("pubmed.test_full.parquet", { data_source: "pubmed", input: "asthma", label: ["1"], pub_date: "2020/01/01" });
  for (const folder of ["database/concert_singer", "spider/database/concert_singer"]) {
    const file = path.join(project, folder, "concert_singer.sqlite");
    mkdirSync(path.dirname(file), { recursive: true });
    const sql = "CREATE TABLE singer (name TEXT); INSERT INTO singer VALUES ('a'),('b'),('c'),('d'),('e'),('f');";
    execFileSync(
      process.execPath,
      [
        "-e",
        `const { DatabaseSync } = require("@photostructure/sqlite"); const d = new DatabaseSync(${JSON.stringify(file)}); d.exec(${JSON.stringify(sql)}); d.close();`,
      ],
      { cwd: root },
    );
  }
}

/** What the prose around a snippet supposes to be there. */
const before = `const passages = [{ id: "1", contents: "the cat sat" }, { id: "2", contents: "on the mat" }];
const examples = train.problems.slice(0, 4).map((each) => ({ prompt: train.prompt(each), response: completionOf(each.expert ?? each.query) }));`;

if (!built) test("the README's snippets run", () => skip("not built (npm run build); the kernel runs from dist/"));
else {
  const snippets = readmeSnippets().filter(({ place }) => !elsewhere.test(place));
  let report: RunReport;

  test.before(async () => {
    lay();
    const own = /^import .* from "deepretrieval";$/m;
    const names = require("../lib/index") as object;
    const everything = `import { ${Object.keys(names).join(", ")} } from "deepretrieval";`;
    const cells = snippets.flatMap(({ place, code: text }) => [
      ...(place.endsWith("In a cell") ? [made(text), before] : [made(text)]),
    ]);
    report = await runNotebook(notebook(everything, ...cells.map((text) => code(text.replace(own, "")))), {
      cwd: path.join(project, "notebooks"),
      allowErrors: true,
    });
  });

  snippets.forEach(({ place }) =>
    test(`${place} runs from a notebook in notebooks/`, () => {
      const text = made(snippets.find((snippet) => snippet.place === place)!.code)
        .split("\n")
        .filter((line) => line.trim() && !line.startsWith("import "))[0]!;
      const at = report.notebook.cells.findIndex((cell) => joined(cell.source).includes(text));
      assert.ok(at >= 0);
      assert.equal(
        outputs(report.notebook, at).filter((line) => line.startsWith("error")),
        [],
      );
      assert.is(report.cells.find(({ index }) => index === at)?.status, "ok");
    }),
  );

  test("what they say they return is what comes back", () => {
    const all = report.notebook.cells.flatMap((_, i) => outputs(report.notebook, i)).join("\n");
    assert.match(all, /rows: \[ \[ 6 \] \]|\[ \[ 6 \] \]/); // SELECT count(*) FROM singer
  });
}

test.run();
