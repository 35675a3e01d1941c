import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../../lib/core/records";
import type { Task } from "../../../lib/core/roles";
import { baselines, expertQuery, originalQuery } from "../../../lib/evaluation/systems/baselines";

const known: Problem = { id: "p1", query: "does aspirin help", judgments: { a: 1 }, expert: "aspirin[tiab]" };
const unknown: Problem = { id: "p2", query: "does it", judgments: { a: 1 } };
const over = (...problems: Problem[]) => ({ name: "t", problems }) as unknown as Task;

test("the question as typed is sent verbatim", async () => {
  assert.equal(await originalQuery.rewrite([known, unknown]), ["does aspirin help", "does it"]);
});

test("the expert's query is sent where there is one", async () => {
  assert.equal(await expertQuery.rewrite([known]), ["aspirin[tiab]"]);
});

test("a missing expert query is an error with the problem's name, not an empty query", async () => {
  const error = await expertQuery.rewrite([known, unknown]).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  assert.match(error?.message ?? "", /problem p2 has no expert query/);
});

test("the expert is a baseline only where every problem has one", () => {
  assert.equal(baselines(over(known)), [originalQuery, expertQuery]);
  assert.equal(baselines(over(known, unknown)), [originalQuery]);
});

test.run();
