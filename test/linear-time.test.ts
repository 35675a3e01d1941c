import { test } from "uvu";
import * as assert from "uvu/assert";
import { fitsGlob } from "../lib/core/files/glob";
import { readMedline } from "../lib/data/bibliography/medline";
import { pubmedDate } from "../lib/data/bibliography/pubmed-date";
import { readPubmedXml } from "../lib/data/bibliography/pubmed-xml";
import { answerMatcher, spanOf } from "../lib/metrics/answer-span";
import { continuation, conversationOf } from "../lib/models/remote/conversation";
import { markdown } from "../lib/notebook/html/markdown";
import { highlight } from "../lib/notebook/html/highlight";
import { outputHtml } from "../lib/notebook/html/outputs";
import { createTraces } from "../lib/notebook/kernel/source/traces";
import { declaredParameters } from "../lib/notebook/runner/parameters";
import { fromPercent } from "../lib/notebook/runner/percent";
import { scrub } from "../lib/notebook/runner/scrub";
import { assistantTurn, openedBy, parseAnswer } from "../lib/prompts/answer";
import { isBlankSql } from "../lib/rewards/execution-reward";
import { familyOf } from "../lib/rewards/families";
import { readAnswer } from "../lib/rewards/score";
import { analyze } from "../lib/search/bm25/analysis/analyzer";
import { readStudies } from "../lib/search/clinical-trials/studies";
import { readFetch, readSummaries } from "../lib/search/eutils/documents";
import { readSearch } from "../lib/search/eutils/esearch";
import { readIdList } from "../lib/search/eutils/id-list";
import { sendable } from "../lib/search/remote/sendable";
import { beginning } from "../lib/search/sql/postgres-statement";
import { statement } from "../lib/search/sql/statement";
import { growth, hardTexts } from "./doubling";

/** Outcomes that a reader may have: it may refuse a text. */
const refusing =
  (read: (text: string) => unknown) =>
  (text: string): unknown => {
    try {
      return read(text);
    } catch (error) {
      return error;
    }
  };
const reply = (body: string, status = 200) => ({ status, type: "text/plain", body });
const code = (source: string, tags: readonly string[] = []) => ({
  cell_type: "code" as const,
  id: "a",
  metadata: { tags },
  source,
  outputs: [],
  execution_count: null,
});

/** Everything that reads a text which a model, a user or a server wrote. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  parseAnswer,
  openedBy,
  assistantTurn,
  "parseAnswer, any value": (text) => parseAnswer(text, { query: "any", reasoning: false }),
  "readAnswer of SQL": (text) => readAnswer(text, familyOf("spider"), "safe"),
  isBlankSql,
  statement,
  "beginning of PostgreSQL": beginning,
  "answer spans": (text) => answerMatcher([text.slice(0, 50)])(spanOf(text)),
  analyze,
  sendable,
  pubmedDate,
  conversationOf,
  continuation: (text) => continuation("<think>", text, text),
  MEDLINE: (text) => readMedline(text, "text", () => undefined),
  "PubMed XML": (text) => readPubmedXml(text, "text", () => undefined),
  ESearch: (text) => readSearch(20)(reply(text)),
  "ESearch, an error": (text) => readSearch(20)(reply(text, 400)),
  EFetch: (text) => readFetch(reply(text)),
  ESummary: (text) => readSummaries(reply(text)),
  identifiers: (text) => readIdList(20)(reply(text)),
  studies: (text) => readStudies(false)(reply(text, 400)),
  markdown,
  highlight,
  scrub,
  "HTML output": (text) => outputHtml({ output_type: "display_data", data: { "text/html": text }, metadata: {} }),
  "text output": (text) => outputHtml({ output_type: "stream", name: "stdout", text }),
  "percent format": (text) => fromPercent("a.ts", `// %%\n${text}`),
  "percent format, its settings": (text) => fromPercent("a.ts", text),
  parameters: (text) =>
    declaredParameters({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [code(text, ["parameters"])] }),
  "stack frames": (text) => createTraces().translate(text),
  "history pattern": fitsGlob("*a*b*?c*", { "*": { many: () => true }, "?": { one: () => true } }),
};

for (const [name, read] of Object.entries(readers)) {
  test(`${name}: twice the text takes at most 2.5 times as long`, () => {
    for (const hard of hardTexts) {
      const factor = growth(refusing(read), hard);
      assert.ok(factor <= 2.5, `${JSON.stringify(hard)}: ${factor.toFixed(1)} times as long`);
    }
  });
}

test.run();
