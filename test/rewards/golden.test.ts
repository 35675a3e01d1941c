import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { familyOf } from "../../lib/rewards/families";
import { storedNdcg } from "../../lib/rewards/ndcg-reward";
import { type RowEngines, scoreRow } from "../../lib/rewards/score-row";
import { readRow } from "../../lib/rewards/row";
import { sharedFile, sharedJson } from "../fixtures";

/** Scores a row in the reference profile: a number, or "outage" and the number that the reference made of it. */
async function score(row: Readonly<Record<string, unknown>>, engines: RowEngines = {}): Promise<number | string> {
  const outcome = await scoreRow(readRow(row, String(row["id"])), String(row["id"]), engines, { profile: "reference" });
  return outcome.kind === "outage" ? `outage ${outcome.reference}` : outcome.reward;
}

const outputs = sharedJson("golden/rewards.json") as Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;

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
        const solution_str = `Assistant: <think>t</think>\n${hits === undefined ? shapes[name]! : '<answer>{"query":"a"}</answer>'}`;
        const earned = await score({ id: name, data_source, solution_str, ground_truth: { target }, retrieved });
        assert.is(earned, hits === "None" ? `outage ${expected}` : expected, name);
      }
    });
  }

  test("nDCG is the reference's to the last bit", () => {
    const cases = Object.entries(outputs["ndcg"]!) as [string, { retrieved: string[]; target: string | string[]; k: number; scores: number[] | null; ndcg: number }][];
    assert.is(cases.length, 10);
    for (const [name, { retrieved, target, k, scores, ndcg }] of cases) {
      const ids = [target].flat();
      const hits = retrieved.map((docId, i) => ({ docId, score: -i }));
      assert.is(storedNdcg(hits, { kind: "documents", ids, grades: scores ?? ids.map(() => 1) }, k), ndcg, name);
    }
  });
}

const cases = sharedFile("golden/reward-cases.jsonl");

if (cases) {
  test("every recorded search earns what the reference gave it, bit for bit, outages told apart", async () => {
    const counts = { equal: 0, outage: 0 };
    for (const line of readFileSync(cases, "utf8").trim().split("\n")) {
      const row = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (familyOf(String(row["data_source"])).kind === "execution") continue;
      const earned = await score(row);
      const outage = typeof earned === "string";
      assert.is(earned, outage ? `outage ${row["score"]}` : row["score"], String(row["id"]));
      if (outage) assert.is(row["retrieved"], null);
      counts[outage ? "outage" : "equal"]++;
    }
    assert.equal(counts, { equal: 102, outage: 5 });
  });
}

test.run();
