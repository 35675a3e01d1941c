import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { familyOf } from "../../lib/rewards/families";
import { storedNdcg } from "../../lib/rewards/ndcg-reward";
import { type RowEngines, scoreRow } from "../../lib/rewards/score-row";
import { readRow } from "../../lib/rewards/row";
import { sqlite, sqlitePool } from "../../lib/search/sql/sqlite";
import { sharedFile, sharedJson } from "../fixtures";

/** Scores a row in the reference profile: a number, or "outage" and the number that the reference made of it. */
async function score(row: Readonly<Record<string, unknown>>, engines: RowEngines = {}): Promise<number | string> {
  const outcome = await scoreRow(readRow(row, String(row["id"])), String(row["id"]), engines, { profile: "reference" });
  return outcome.kind === "outage" ? `outage ${outcome.reference}` : outcome.reward;
}

test(
  "the reference's tiers, from its code: all found earns 5 + 1, none −3.5 + 1, an outage what it says an " +
    "outage is",
  async () => {
    const target = ["1", "2"];
    const row = {
      id: "1",
      data_source: "pubmed",
      solution_str: 'Assistant: <think>t</think>\n<answer>{"query":"a"}</answer>',
      ground_truth: { target },
    };
    assert.is(await score({ ...row, retrieved: target }), 6);
    assert.is(await score({ ...row, retrieved: ["3"] }), -2.5);
    assert.match(String(await score({ ...row, retrieved: null })), /^outage/); // never a reward
  },
);

const outputs = sharedJson("golden/rewards.json") as
  | Readonly<Record<string, Readonly<Record<string, unknown>>>>
  | undefined;

if (outputs) {
  const target = Array.from({ length: 100 }, (_, i) => `${i}`);
  const shapes: Readonly<Record<string, string>> = {
    empty_answer: "<answer></answer>",
    single_quotes: "<answer>{'query':'a'}</answer>",
    no_answer_tag: '{"query":"a"}',
    two_answers: '<answer>{"query":"a"}</answer><answer>{"query":"a"}</answer>',
    md_fence: '<answer>```json\n{"query":"a"}\n```</answer>',
    missing_key: '<answer>{"q":"a"}</answer>',
    extra_think: '<answer>{"query":"a"}</answer><think>',
    text_after: '<answer>{"query":"a"}</answer> done.',
    newline_in_string: '<answer>{"query":"a\nb"}</answer>',
  };

  for (const data_source of ["pubmed", "ctgov", "pmd_no_reason"]) {
    test(`${data_source}: tiers and malformed shapes earn what the reference gives`, async () => {
      const cases = Object.entries(outputs[data_source]!);
      assert.is(cases.length, 24);
      for (const [name, expected] of cases) {
        const hits = /^hits_(\d+|None)$/.exec(name)?.[1];
        const retrieved = hits === "None" ? null : target.slice(0, Number(hits ?? 100));
        const solution_str =
          "Assistant: " + `<think>t</think>\n${hits === undefined ? shapes[name]! : '<answer>{"query":"a"}</answer>'}`;
        const earned = await score({ id: name, data_source, solution_str, ground_truth: { target }, retrieved });
        assert.is(earned, hits === "None" ? `outage ${expected}` : expected, name);
      }
    });
  }

  test("nDCG is the reference's to the last bit", () => {
    const cases = Object.entries(outputs["ndcg"]!) as [
      string,
      { retrieved: string[]; target: string | string[]; k: number; scores: number[] | null; ndcg: number },
    ][];
    assert.is(cases.length, 10);
    for (const [name, { retrieved, target, k, scores, ndcg }] of cases) {
      const ids = [target].flat();
      const hits = retrieved.map((docId, i) => ({ docId, score: -i }));
      assert.is(storedNdcg(hits, { kind: "documents", ids, grades: scores ?? ids.map(() => 1) }, k), ndcg, name);
    }
  });
}

const pool = sqlitePool({ workers: 1 });
test.after(() => pool.dispose());
const sql: RowEngines = { build: async (schema) => sqlite({ schema }, { pool }) };

const recorded = sharedFile("golden/reward-cases.jsonl");
const cases =
  recorded === undefined
    ? []
    : readFileSync(recorded, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

if (recorded) {
  test(
    "every recorded case of every family earns what the reference gave it, bit for bit, outages told " + "apart",
    async () => {
      const counts: Record<string, number> = {};
      for (const row of cases) {
        const earned = await score(row, sql);
        const outage = typeof earned === "string";
        assert.is(earned, outage ? `outage ${row["score"]}` : row["score"], String(row["id"]));
        if (outage) assert.is(row["retrieved"], null);
        const key = outage ? "outage" : familyOf(String(row["data_source"])).kind;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      assert.equal(counts, { recall: 102, outage: 5, execution: 221 });
    },
  );
}

if (outputs) {
  test("SQL outcomes earn what the reference gives, with reasoning and without", async () => {
    // t(a int, b text, c real) with a row twice, and u
    const { schema } = cases.find((row) => row["schema"] !== undefined)!;
    const written: Readonly<Record<string, string>> = {
      same: '{"sql": "SELECT a,b FROM t"}',
      dedup_reordered: '{"sql": "SELECT DISTINCT a,b FROM t ORDER BY a DESC"}',
      columns_swapped: '{"sql": "SELECT b,a FROM t"}',
      wrong: '{"sql": "SELECT a,b FROM t WHERE a=1"}',
      float_eq: '{"sql": "SELECT a*1.0,b FROM t"}',
      syntax: '{"sql": "SELEC a"}',
      no_table: '{"sql": "SELECT * FROM zz"}',
      no_column: '{"sql": "SELECT zz FROM t"}',
      empty_sql: '{"sql": ""}',
      bad_json: "{'sql': 'SELECT a,b FROM t'}",
      no_close: '{"sql": "SELECT a,b FROM t"}',
      wrong_key: '{"query": "SELECT a,b FROM t"}',
      gold_error: '{"sql": "SELECT a,b FROM t"}',
      extra_key: '{"sql": "SELECT a,b FROM t", "why": "x"}',
    };
    for (const [set, data_source] of Object.entries({
      bird: "bird_test",
      spider: "spider_test",
      bird_no_reason: "bird_wor_test",
      spider_no_reason: "spider_wor_test",
    })) {
      const expected = Object.entries(outputs[set]!);
      assert.is(expected.length, 14);
      for (const [name, reward] of expected) {
        const thought = set.endsWith("no_reason") ? "" : "<think>r</think>";
        const close = name === "no_close" ? "" : "</answer>";
        const solution_str = `<|im_start|>assistant\n${thought}<answer>${written[name]!}${close}`;
        const target = name === "gold_error" ? "SELECT a FROM zz" : "SELECT a,b FROM t";
        assert.is(
          await score({ id: name, data_source, solution_str, ground_truth: { target }, schema }, sql),
          reward,
          `${set} ${name}`,
        );
      }
    }
  });
}

test.run();
