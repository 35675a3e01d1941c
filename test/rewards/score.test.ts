import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import { random } from "../../lib/core/random";
import type { Problem } from "../../lib/core/records";
import type { SearchEngine, SearchOptions } from "../../lib/core/roles";
import { formatAnswer } from "../../lib/prompts/answer";
import { scoreCompletion } from "../../lib/rewards/score";

const problem: Problem = { id: "p1", query: "aspirin", judgments: { a: 1, b: 2, c: 0, d: 1, e: 1 }, maxDate: "2010/05/01" };

/** Returns the letters of the query as documents, best first. */
const letters = (seen: (SearchOptions & { k: number })[] = []): SearchEngine => ({
  name: "letters",
  search: async (query, k, options) => {
    seen.push({ ...options, k });
    const hits = [...query].slice(0, k).map((docId, i) => ({ docId, score: -i }));
    return { hits, total: query.length, warnings: query.includes("!") ? ["! was ignored"] : [] };
  },
});
const down: SearchEngine = {
  name: "PubMed",
  search: async () => {
    throw new SearchUnavailable("PubMed", "HTTP 503", "Wait.");
  },
};

test("a query is worth its tier plus one, and its recall is reported under R@k", async () => {
  // relevant: a, b, d, e; "abc" finds 2 of 4 = 0.5 → 1 + 4
  assert.equal(await scoreCompletion({ engine: letters(), problem, turn: formatAnswer("abc"), k: 50 }), {
    kind: "scored", reward: 5, query: "abc", measures: { "R@50": 0.5 },
  });
});

test("hits past k do not count, even if an engine returns them", async () => {
  const generous: SearchEngine = { name: "g", search: (query) => letters().search(query, 99) };
  // "xa…": within the first 2 only a, 1 of 4 = 0.25 → 1 + 0.5
  const score = await scoreCompletion({ engine: generous, problem, turn: formatAnswer("xabde"), k: 2 });
  assert.is(score.reward, 1.5);
});

test("the engine is asked for k hits up to the problem's date, under the caller's signal", async () => {
  const seen: (SearchOptions & { k: number })[] = [];
  const { signal } = new AbortController();
  await scoreCompletion({ engine: letters(seen), problem, turn: formatAnswer("a"), k: 7, signal });
  assert.equal(seen.map(({ k, maxDate }) => ({ k, maxDate })), [{ k: 7, maxDate: "2010/05/01" }]);
  assert.is(seen[0]!.signal, signal);
});

test("what the engine dropped is handed on", async () => {
  const score = await scoreCompletion({ engine: letters(), problem, turn: formatAnswer("abd!"), k: 50 });
  assert.equal(score.kind === "scored" && score.warnings, ["! was ignored"]);
});

test("a malformed turn is a score with its reason, and is never searched", async () => {
  const score = await scoreCompletion({ engine: down, problem, turn: "I would search for aspirin.", k: 50 });
  assert.is(score.reward, -4);
  assert.match(score.kind === "malformed" ? score.why : "", /found <think> 0 times/);
});

test("an empty answer is not searched and earns nothing", async () => {
  for (const body of ["", '{"query": ""}']) {
    const score = await scoreCompletion({ engine: down, problem, turn: `<think>t</think><answer>${body}</answer>`, k: 50 });
    assert.is(score.reward, -3);
  }
});

test("an outage throws through in every profile", async () => {
  for (const profile of ["safe", "reference"] as const) {
    try {
      await scoreCompletion({ engine: down, problem, turn: formatAnswer("aspirin"), k: 50, profile });
      assert.unreachable("scored a query that nobody ran");
    } catch (error) {
      assert.match((error as Error).message, /PubMed did not answer: HTTP 503/);
    }
  }
});

test("a problem that nothing can solve is refused by name", async () => {
  try {
    await scoreCompletion({ engine: letters(), problem: { ...problem, judgments: { a: 0 } }, turn: formatAnswer("a"), k: 50 });
    assert.unreachable("0/0 was scored");
  } catch (error) {
    assert.match((error as Error).message, /problem p1 has no relevant document/);
  }
});

test("20,000 random turns are scored without a throw, twice alike, and within the table", async () => {
  const pieces = ["<think>", "</think>", "<answer>", "</answer>", '{"query":"', "ab", "de", '"}', "\\", "\n", "NaN", "\ud800"];
  const rng = random("turns");
  const engine = letters();
  const rewards = new Set([6, 5, 4, 2, 1.5, 1.1, -2.5, -3, -4]);
  const score = (turn: string) => scoreCompletion({ engine, problem, turn, k: 50 });
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: rng.below(10) }, () => rng.pick(pieces)).join("");
    const turn = rng.next() < 0.7 ? `<think>t</think><answer>{"query":"${text}"}</answer>` : text;
    const first = await score(turn);
    assert.ok(rewards.has(first.reward), turn);
    if (i % 20 === 0) assert.equal(await score(turn), first);
  }
});

test("finding one more relevant document never earns less", async () => {
  let last = -Infinity;
  for (const query of ["x", "xa", "xab", "xabd", "xabde"]) {
    const { reward } = await scoreCompletion({ engine: letters(), problem, turn: formatAnswer(query), k: 50 });
    assert.ok(reward >= last, `${query}: ${reward} after ${last}`);
    last = reward;
  }
});

test.run();
