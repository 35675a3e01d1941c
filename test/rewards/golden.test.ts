import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { Score } from "../../lib/core/records";
import type { SearchEngine } from "../../lib/core/roles";
import { assistantTurn, formatAnswer } from "../../lib/prompts/answer";
import { scoreCompletion } from "../../lib/rewards/score";

/** The reference's outputs, under its own names: `reward_score/{pubmed,ctgov,pmd_no_reason}.py`. */
const families = {
  pubmed: {},
  ctgov: { query: "any" }, // the one that passes on numbers, too: no date is appended to its query
  pmd_no_reason: { reasoning: false },
} as const;
type Family = keyof typeof families;

/** Answers every query with `retrieved`; null is an engine that is down. */
const recorded = (retrieved: readonly string[] | null): SearchEngine => ({
  name: "recorded",
  search: async () => {
    if (retrieved === null) throw new SearchUnavailable("recorded", "it was down", "Nothing to do.");
    return { hits: retrieved.map((docId, i) => ({ docId, score: -i })), total: retrieved.length, warnings: [] };
  },
});

const score = (family: Family, turn: string, target: readonly string[], retrieved: readonly string[] | null): Promise<Score> => {
  const problem = { id: "golden", query: "", judgments: Object.fromEntries(target.map((id) => [id, 1])) };
  return scoreCompletion({ engine: recorded(retrieved), problem, turn, k: 3000, profile: "reference", ...families[family] });
};

/** Where the reference turned an outage into −3, ours throws; elsewhere the numbers are equal. */
async function agrees(name: string, expected: number, down: boolean, scored: () => Promise<Score>): Promise<"equal" | "thrown"> {
  try {
    assert.is((await scored()).reward, expected, name);
    return "equal";
  } catch (error) {
    if ((error as Error).name !== "SearchUnavailable") throw error;
    assert.ok(down && expected === -3, `${name}: thrown, but the reference gave ${expected}`);
    return "thrown";
  }
}

test("70 of 100 earns 6 in the reference profile", async () => {
  const target = Array.from({ length: 100 }, (_, i) => `${i}`);
  assert.is((await score("pubmed", formatAnswer("a"), target, target.slice(0, 70))).reward, 6);
});

if (existsSync("../shared/golden")) {
  const target = Array.from({ length: 100 }, (_, i) => `${i}`);
  const shapes: Record<string, string> = {
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
  const outputs = JSON.parse(readFileSync("../shared/golden/rewards.json", "utf8")) as Record<Family, Record<string, number>>;

  for (const family of Object.keys(families) as Family[]) {
    test(`${family}: tiers and malformed shapes earn what the reference gives`, async () => {
      const cases = Object.entries(outputs[family]);
      assert.is(cases.length, 24);
      for (const [name, expected] of cases) {
        const hits = /^hits_(\d+|None)$/.exec(name)?.[1];
        const retrieved = hits === "None" ? null : target.slice(0, Number(hits ?? 100));
        const turn = hits === undefined ? `<think>t</think>\n${shapes[name]!}` : formatAnswer("a");
        const outcome = await agrees(name, expected, retrieved === null, () => score(family, turn, target, retrieved));
        assert.is(outcome, name === "hits_None" ? "thrown" : "equal", name);
      }
    });
  }

  test("all recorded literature and trial cases earn what the reference gives, outages thrown", async () => {
    interface Case { id: string; data_source: string; solution_str: string; ground_truth: { target: string[] }; retrieved?: string[] | null; score: number }
    const cases = readFileSync("../shared/golden/reward-cases.jsonl", "utf8").trim().split("\n").map((line) => JSON.parse(line) as Case);
    const count = { equal: 0, thrown: 0 };
    for (const { id, data_source, solution_str, ground_truth, retrieved = null, score: expected } of cases) {
      if (!(data_source in families)) continue;
      const scored = () => score(data_source as Family, assistantTurn(solution_str), ground_truth.target, retrieved);
      count[await agrees(id, expected, retrieved === null, scored)]++;
    }
    assert.equal(count, { equal: 102, thrown: 5 });
  });
} else {
  console.log("skipped: no shared data");
}

test.run();
