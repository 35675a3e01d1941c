import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import { random } from "../../lib/core/random";
import type { SearchEngine } from "../../lib/core/roles";
import { formatAnswer } from "../../lib/prompts/answer";
import { completionOf } from "../../lib/prompts/templates";
import { familyOf } from "../../lib/rewards/families";
import { scoreCompletion } from "../../lib/rewards/score";
import { pubmed } from "../../lib/tasks/pubmed";

/** Five records and five topics, each answered by the record of its number. */
function ownCorpus(): { corpus: string; qrels: string; topics: string } {
  const folder = mkdtempSync(join(tmpdir(), "deepretrieval-"));
  const write = (name: string, lines: readonly string[]) => {
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    return join(folder, name);
  };
  const numbers = [1, 2, 3, 4, 5];
  return {
    corpus: write(
      "corpus.jsonl",
      numbers.map((n) => JSON.stringify({ pmid: String(n), title: `aspirin number${n}`, date: "2001/01/01" })),
    ),
    qrels: write(
      "qrels.txt",
      numbers.map((n) => `t${n} 0 ${n} 1`),
    ),
    topics: write(
      "topics.jsonl",
      numbers.map((n) => JSON.stringify({ topic: `t${n}`, title: `number${n}`, date: "2002/01/01" })),
    ),
  };
}

test("a query that finds every included study earns the top tier, 5, and 1 for its form", async () => {
  const task = await pubmed({ ...ownCorpus(), split: "test" });
  const score = await task.score(task.problems[0]!, completionOf(task.problems[0]!.query));
  assert.equal(score.kind === "scored" && { reward: score.reward, measures: score.measures }, {
    reward: 6,
    measures: { "R@50": 1 },
  });
});

test(
  "every turn earns by counting exactly what it earns by listing: 400 random ones, in both profiles and at every " +
    "cut",
  async () => {
    const counting = (await pubmed({ split: "train" })).engine;
    const listing: SearchEngine = {
      name: counting.name,
      search: (query, k, options) => counting.search(query, k, options),
    };
    assert.ok(counting.recall);
    const rng = random("count or list");
    const used = (await pubmed({ split: "train" })).problems;
    const term = () =>
      rng
        .pick(used)
        .query.split(/[^\w]+/)
        .filter((word) => word.length > 2)
        .slice(0, 1 + rng.below(3))
        .join(" ");
    for (let i = 0; i < 400; i++) {
      const problem = used[i]!;
      const query =
        i % 3 === 0
          ? problem.expert!
          : Array.from({ length: 1 + rng.below(3) }, () =>
              rng.pick([term(), `(${term()}`, `"${term()}"[ti]`, "zzqq", `${term()}[xx]`]),
            ).join(rng.pick([" AND ", " OR ", " NOT "]));
      const turn = rng.next() < 0.1 ? query : formatAnswer(query);
      const request = {
        family: familyOf("pubmed"),
        turn,
        problem: rng.next() < 0.5 ? problem : { ...problem, maxDate: "2010" },
        k: rng.pick([1, 10, 50, 3000]),
        profile: rng.pick(["safe", "reference"] as const),
      };
      assert.equal(
        await scoreCompletion({ ...request, engine: counting }),
        await scoreCompletion({ ...request, engine: listing }),
        query,
      );
    }
  },
);

test("an answer in the wrong form costs 4 and is never searched", async () => {
  const task = await pubmed({
    ...ownCorpus(),
    engine: { name: "none", search: () => Promise.reject(new Error("searched")) },
  });
  const score = await task.score(task.problems[0]!, "I would search for aspirin.");
  assert.is(score.kind, "malformed");
  assert.is(score.reward, -4);
});

test("an engine that is down is thrown, not scored", async () => {
  const down = { name: "PubMed", search: () => Promise.reject(new SearchUnavailable("PubMed", "HTTP 503", "Wait.")) };
  const task = await pubmed({ ...ownCorpus(), engine: down });
  try {
    await task.score(task.problems[0]!, completionOf("aspirin"));
    assert.unreachable("scored a query that nobody ran");
  } catch (error) {
    assert.is((error as Error).name, "SearchUnavailable");
  }
});

test("your own corpus is split three ways by the ids alone: 3, 1 and 1 of five", async () => {
  const files = ownCorpus();
  const sizes = await Promise.all(
    (["train", "validation", "test"] as const).map(async (split) =>
      (await pubmed({ ...files, split })).problems.map(({ id }) => id),
    ),
  );
  assert.equal(
    sizes.map((ids) => ids.length),
    [3, 1, 1],
  );
  assert.is(new Set(sizes.flat()).size, 5);
});

test("a missing file is named with the place it was looked for", async () => {
  try {
    await pubmed({ ...ownCorpus(), corpus: "nowhere.jsonl" });
    assert.unreachable("loaded a file that is not there");
  } catch (error) {
    assert.match((error as Error).message, /corpus "nowhere\.jsonl" does not exist \(looked for .*nowhere\.jsonl\)/);
  }
});

test("the synthetic splits share no pair of condition and treatment, and say that they are synthetic", async () => {
  const [train, validation, held] = await Promise.all(
    (["train", "validation", "test"] as const).map((split) => pubmed({ split })),
  );
  assert.equal(
    [train, validation, held].map((task) => task!.problems.length),
    [420, 80, 100],
  );
  const pairs = (task: typeof train) => new Set(task!.problems.map(({ expert }) => expert));
  for (const other of [validation, held])
    for (const pair of pairs(other)) assert.not.ok(pairs(train).has(pair), String(pair));
  assert.ok(train!.synthetic);
  assert.match(train!.name, /synthetic/);
});

test("the prompt ends where the model begins to think", async () => {
  const task = await pubmed({ split: "test", limit: 1 });
  assert.match(
    task.prompt(task.problems[0]!),
    /\nP: .*\nI: .*\nC: .*\nO: .*<\|im_end\|>\n<\|im_start\|>assistant\n<think>$/,
  );
});

test.run();
