import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";
import { means } from "../../../lib/evaluation/statistics/summarise";
import { expertQuery, originalQuery } from "../../../lib/evaluation/systems/baselines";
import { denseOver } from "../../../lib/search/dense/dense-over";
import { hashedWords } from "../../../lib/search/dense/hashed-words";
import { exampleKnowingQuery, exampleTask, type ExampleKind } from "../../../lib/tasks/examples/example-task";

async function run(...[task, systems]: Parameters<typeof evaluate>): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(task, systems)) results.push(result);
  return results;
}

test("every gold statement of the databases is executed and is its own answer", async () => {
  const task = await exampleTask("databases");
  assert.equal(means(await run(task, [expertQuery])), { "expert query": 1 });
});

test(
  "every passage question can be answered, better by an expert than as typed, and by whoever knew the " + "answer",
  async () => {
    const means1 = means(
      await run(await exampleTask("passages"), [originalQuery, expertQuery, exampleKnowingQuery]),
      "Hits@1",
    );
    assert.is(means1["knew the answer"], 1);
    assert.ok(means1["question as typed"]! < means1["expert query"]!, JSON.stringify(means1));
  },
);

test("documents are searched by any engine, trials by their numbers", async () => {
  const documents = await exampleTask("documents", { limit: 5, engine: denseOver(hashedWords(256)) });
  assert.is(documents.problems.length, 5);
  assert.match(documents.engine!.name, /hashed words, 256 dimensions/);
  const trials = await exampleTask("trials", { limit: 5 });
  assert.ok(trials.problems.every(({ judgments }) => Object.keys(judgments).every((id) => /^NCT\d{8}$/.test(id))));
  assert.ok(means(await run(trials, [expertQuery]))["expert query"]! > 0.5);
});

test("another kind is refused with those there are", async () => {
  const error = await exampleTask("web" as ExampleKind).catch((error: Error) => error);
  assert.match((error as Error).message, /"web" is no example; there are documents, trials/);
});

test("hashed words have length 1, and equal words equal vectors whatever their case and order", async () => {
  const [a, b] = [await hashedWords(64).embed(["Aspirin stroke"]), await hashedWords(64).embed(["stroke, aspirin!"])];
  assert.equal(a, b);
  assert.ok(Math.abs(a.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-6);
});

test.run();
