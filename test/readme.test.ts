import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RunReport } from "../lib/notebook/runner/report";
import { runNotebook } from "../lib/notebook/runner/run";
import { joined } from "../lib/notebook/runner/nbformat";
import { readmeSnippets, root } from "./documentation";
import { temporaryFolder } from "./fixtures";
import { built, code, notebook, outputs } from "./notebook/runner/bench";
import { skip } from "./skip";

/**
 * The README's snippets, run as a reader would: one after the other in a notebook in notebooks/, with small files in
 * the places that they name. A snippet that needs a server of somebody else is compiled only (documentation.test.ts).
 */

const project = temporaryFolder();
const elsewhere = /^README.md: Your own \(4\)$/;

/** What a reader with more time or a network would leave as it is. */
const smaller: readonly (readonly [text: string | RegExp, instead: string])[] = [
  ["steps: 100", "steps: 1, batchSize: 2, miniBatch: 2"],
  ['pubmed({ split: "test" })', 'pubmed({ split: "test", limit: 2 })'],
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
  write("data/scifact/corpus.jsonl", { _id: "d", title: "", text: "vitamin D deficiency is common" });
  write("data/scifact/queries.jsonl", { _id: "q", text: "vitamin D" });
  write("data/scifact/qrels/test.tsv", "query-id\tcorpus-id\tscore", "q\td\t1");
}

if (!built) test("the README's snippets run", () => skip("not built (npm run build); the kernel runs from dist/"));
else {
  const snippets = readmeSnippets().filter(({ place }) => !elsewhere.test(place));
  let report: RunReport;

  test.before(async () => {
    lay();
    const own = /^import .* from "deepretrieval";$/m;
    const names = require("../lib/index") as object;
    const everything = `import { ${Object.keys(names).join(", ")} } from "deepretrieval";`;
    const cells = snippets.map(({ code: text }) => made(text));
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
}

test.run();
