import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SearchEngine } from "../../lib/core/roles";
import { originalQuery } from "../../lib/evaluation/systems/baselines";
import { evaluate } from "../../lib/evaluation/evaluate";
import { successAt } from "../../lib/metrics/success";
import { completionAfter } from "../../lib/prompts/templates";
import type { SearchDocument } from "../../lib/core/documents";
import { evidence, type EvidenceOptions } from "../../lib/tasks/evidence";
import { temporaryFolder } from "../fixtures";

const file = join(temporaryFolder(), "questions.jsonl");
writeFileSync(
  file,
  '{"id": "q1", "question": "who wrote the first program?", "answers": ["Ada Lovelace", "Lovelace"]}\n',
);
const passages = [
  { id: "a", title: "Babbage", text: "He built an engine." },
  { id: "b", title: "Ada Lovelace", text: "She wrote notes." },
  { id: "c", title: "Notes", text: "By LOVELACE." },
];

/** Finds every passage, in the order given. */
const all = (documents: readonly SearchDocument[]): SearchEngine => ({
  name: "all",
  search: async (_, k) => ({
    hits: documents.slice(0, k).map(({ id }) => ({ docId: id, score: 1 })),
    total: documents.length,
    warnings: [],
  }),
});
const task = (options: Partial<EvidenceOptions> = {}) => evidence({ data: file, passages, engine: all, ...options });

test("the reward is the tier of the first passage that holds an answer; titles count unless said", async () => {
  const score = async (options: Partial<EvidenceOptions>) => {
    const own = await task(options);
    const { reward, ...rest } = await own.score(own.problems[0]!, completionAfter(own.prompt(own.problems[0]!), "x"));
    return [reward, rest.kind === "scored" && rest.measures["RR@3000"]];
  };
  assert.equal(await score({}), [6, 1 / 2]); // rank 2, by its title: at most 5 earns 5, and 1 for the form
  assert.equal(await score({ titles: false }), [6, 1 / 3]);
});

test("nothing found earns −2.5, and in SQuAD −1.5", async () => {
  const nothing: SearchEngine = { name: "none", search: async () => ({ hits: [], total: 0, warnings: [] }) };
  const rewards = [];
  for (const source of ["nq_serini", "triviaqa", "squad"]) {
    const own = await task({ engine: nothing, source });
    rewards.push((await own.score(own.problems[0]!, completionAfter(own.prompt(own.problems[0]!), "x"))).reward);
  }
  assert.equal(rewards, [-2.5, -2.5, -1.5]);
});

test("an evaluation counts passages with an answer: Hits@k", async () => {
  const results = [];
  for await (const { measures } of evaluate(await task(), [originalQuery], { metrics: [successAt(1), successAt(2)] }))
    results.push(measures);
  assert.equal(results, [{ "Success@1": 0, "Success@2": 1 }]);
});

test("an engine over other passages is noticed", async () => {
  const other: SearchEngine = {
    name: "other",
    search: async () => ({ hits: [{ docId: "z", score: 1 }], total: 1, warnings: [] }),
  };
  const own = await task({ engine: other });
  await own.search(own.problems[0]!, "x").then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /a passage "z" that is not among the 3 given/),
  );
});

test.run();
