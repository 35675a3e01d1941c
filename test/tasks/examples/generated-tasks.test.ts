import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";
import { means } from "../../../lib/evaluation/statistics/summarise";
import { expertQuery, originalQuery } from "../../../lib/evaluation/systems/baselines";
import { generatedTasks, type GeneratedKind } from "../../../lib/tasks/examples/generated-tasks";

async function run(...[task, systems]: Parameters<typeof evaluate>): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(task, systems)) results.push(result);
  return results;
}

/** Least mean of the task's first measure for the expert, and most for the question as typed. */
const bounds: Readonly<Record<GeneratedKind, readonly [expert: number, typed: number]>> = {
  trials: [0.9, 0.2],
  passages: [0.9, 0.4],
  databases: [1, 0],
};

for (const kind of Object.keys(bounds) as GeneratedKind[]) {
  test(`${kind}: an expert solves the test questions and the question as typed does not`, async () => {
    const { test: held } = await generatedTasks(kind, { limit: 60 });
    const [expert, typed] = bounds[kind];
    const found = means(await run(held, [expertQuery, originalQuery]));
    assert.ok(found["expert query"]! >= expert, JSON.stringify(found));
    assert.ok(found["question as typed"]! <= typed, JSON.stringify(found));
  });

  test(`${kind}: a demonstration is a training question's prompt with an answer that can be read`, async () => {
    const { train, validation, test: held, demonstrate } = await generatedTasks(kind);
    const known = new Map(train.problems.map((problem) => [train.prompt(problem), problem]));
    let asked = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { prompt, response } = demonstrate(random(seed));
      const problem = known.get(prompt);
      asked += Number(problem !== undefined); // trials are asked again in other words
      assert.is((await train.score(problem ?? train.problems[0]!, response)).kind, "scored", response);
      for (const { problems } of [validation, held])
        assert.not.ok(problems.some((other) => held.prompt(other) === prompt));
    }
    assert.is(asked, kind === "trials" ? asked : 30);
    assert.equal(demonstrate(random(3)), demonstrate(random(3)));
  });
}

test("another kind is refused with those there are, and a reward where it means nothing", async () => {
  const refused = async (...given: Parameters<typeof generatedTasks>) =>
    String(await generatedTasks(...given).catch((error: Error) => error.message));
  assert.match(await refused("web" as GeneratedKind), /the kind is "web".*trials.*passages.*databases/);
  assert.match(await refused("passages", { reward: "F3" }), /reward is for trials/);
  assert.match(await refused("trials", { limit: 0 }), /limit/);
});

test.run();
