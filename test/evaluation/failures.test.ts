import { test } from "uvu";
import * as assert from "uvu/assert";
import { Interrupted, SearchUnavailable } from "../../lib/core/errors";
import type { Rewriter, Task } from "../../lib/core/roles";
import { evaluate, type EvaluateOptions, type Result } from "../../lib/evaluation/evaluate";
import { compare, failures, perQuery, summary } from "../../lib/evaluation/frames/frames";
import { means } from "../../lib/evaluation/statistics/summarise";
import { render } from "../../lib/notebook/render/render";

const problems = Array.from({ length: 10 }, (_, i) => ({ id: `q${i}`, query: `${i}`, judgments: { a: 1, b: 1 } }));

/** Finds one of the two relevant documents; `refuse` says for which queries it throws what. */
const half = (refuse: (query: string) => Error | undefined = () => undefined): Task => ({
  name: "half",
  problems,
  prompt: ({ query }) => query,
  score: () => assert.unreachable("evaluation does not reward") as never,
  search: async (_, query) => {
    const error = refuse(query);
    if (error) throw error;
    return { hits: [{ docId: "a", score: 1 }], total: 1, warnings: [] };
  },
});
const typed: Rewriter = { name: "typed", rewrite: async (some) => some.map(({ query }) => query) };

async function run(task: Task, systems: Rewriter[], options: EvaluateOptions): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(task, systems, options)) results.push(result);
  return results;
}
const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing thrown",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("a system that throws on some questions fails on those alone, and both readings stand side by side", async () => {
  const sizes: number[] = [];
  const picky: Rewriter = {
    name: "picky",
    rewrite: async (some) => {
      sizes.push(some.length);
      if (some.some(({ id }) => id === "q3" || id === "q8")) throw new TypeError("the prompt is too long");
      return some.map(({ query }) => query);
    },
  };
  const results = await run(half(), [typed, picky], { failures: "keep", batchSize: 5 });
  assert.equal(sizes, [5, 1, 1, 1, 1, 1, 5, 1, 1, 1, 1, 1]);
  assert.equal(
    results
      .filter(({ failure }) => failure)
      .map(({ system, qid, failure }) => [system, qid, failure!.stage, failure!.name]),
    [
      ["picky", "q3", "rewriting", "TypeError"],
      ["picky", "q8", "rewriting", "TypeError"],
    ],
  );
  const frame = summary(results);
  assert.equal(frame.columns, [
    "system",
    "queries",
    "answered",
    "failed",
    "malformed",
    "SetR",
    "SetR low",
    "SetR high",
    "SetR (failures 0)",
  ]);
  // picky: 8 of 10 answered, each with recall 0.5: 0.5 over the 8, 4 / 10 over all
  assert.equal((frame.values as unknown[][])[1], ["picky", 10, 8, 2, 0, 0.5, 0.5, 0.5, 0.4]);
  assert.equal(means(results), { typed: 0.5, picky: 0.5 });
  const row = Object.fromEntries(
    compare(results, "typed").columns.map((name, j) => [
      name,
      (compare(results, "typed").values as unknown[][])[0]![j],
    ]),
  );
  assert.is(row["queries"], 8);
  assert.is(row["failed"], 2);
  assert.is(row["difference"], 0);
  assert.ok(Math.abs(Number(row["difference (failures 0)"]) - -0.1) < 1e-12); // −0.5 on 2 of 10
});

test("failures has a row for each with its cause, and none where nothing failed", async () => {
  const results = await run(
    half((query) => (query === "4" ? new Error("HTTP 500") : undefined)),
    [typed],
    { failures: "keep" },
  );
  assert.equal(failures(results).values, [["typed", "q4", "searching", "Error", "HTTP 500", "4", "4"]]);
  assert.equal(failures([]).shape, [0, 7]);
  assert.is((await render(failures([])))["text/plain"], "no failures");
  assert.match(String((await render(failures([])))["text/html"]), /^<div[^>]*>no failures<\/div>$/);
  assert.equal((perQuery(results).values as unknown[][])[4], [
    "typed",
    "q4",
    "4",
    null,
    false,
    0,
    "searching: HTTP 500",
  ]);
});

test("failures are thrown unless they are kept", async () => {
  const broken = half((query) => (query === "4" ? new Error("HTTP 500") : undefined));
  assert.is(await message(run(broken, [typed], {})), "Error: HTTP 500");
});

test(
  "an engine that is down ends an evaluation that keeps failures, after the outages in a row that it has patience " +
    "for",
  async () => {
    const outage = new SearchUnavailable("PubMed", "HTTP 503", "Wait.");
    const down = half((query) => (Number(query) >= 2 ? outage : undefined));
    const kept: Result[] = [];
    const said = await message(
      (async () => {
        for await (const result of evaluate(down, [typed], { failures: "keep", patience: 3, width: 1 }))
          kept.push(result);
      })(),
    );
    assert.match(
      said,
      /SearchUnavailable: .*3 questions in a row failed, the last one with: PubMed did not answer: HTTP 503/,
    );
    assert.equal(
      kept.map(({ failure }) => failure !== undefined),
      [false, false, true, true, true],
    );
    // every second question failing is not an engine that is down
    const every = half((query) => (Number(query) % 2 ? outage : undefined));
    assert.is((await run(every, [typed], { failures: "keep", patience: 2, width: 1 })).length, 10);
  },
);

test("an interruption is never a failure", async () => {
  const stopping: Rewriter = {
    name: "stopping",
    rewrite: async () => {
      throw new Interrupted("sampling");
    },
  };
  assert.match(await message(run(half(), [stopping], { failures: "keep" })), /Interrupted/);
});

test("a task without problems is refused", async () => {
  assert.match(
    await message(run({ ...half(), problems: [] }, [typed], {})),
    /RangeError: evaluate: half has no problems/,
  );
});

test("limit takes the first problems, and with a seed a sample in the order of the task", async () => {
  const ids = async (options: EvaluateOptions) => (await run(half(), [typed], options)).map(({ qid }) => qid);
  assert.equal(await ids({ limit: 3 }), ["q0", "q1", "q2"]);
  const drawn = await ids({ limit: 3, seed: 1 });
  assert.equal(drawn, await ids({ limit: 3, seed: 1 }));
  assert.not.equal(drawn, ["q0", "q1", "q2"]);
  assert.equal(drawn, [...drawn].sort());
  assert.is(evaluate(half(), [typed], { limit: 3 }).total, 3);
});

test("systems may be named by a record, and documents are kept where they are asked for", async () => {
  const [result] = await run(half(), { "as typed": typed } as never, { documents: true, limit: 1 });
  assert.is(result!.system, "as typed");
  assert.equal(result!.documents, { found: ["a"], missed: ["b"] });
  assert.match(
    await message(run(half(), { model: {} } as never, {})),
    /TypeError: evaluate: system model has no `rewrite`/,
  );
});

test.run();
