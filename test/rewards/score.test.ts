import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import { random } from "../../lib/core/random";
import type { Problem } from "../../lib/core/records";
import type { SearchEngine, SearchOptions } from "../../lib/core/roles";
import type { SqlDatabase } from "../../lib/core/roles";
import { formatAnswer } from "../../lib/prompts/answer";
import { type Family, familyOf, type ProfileName } from "../../lib/rewards/families";
import { scoreCompletion } from "../../lib/rewards/score";
import { spansOf } from "../../lib/rewards/spans";

const family = familyOf("pubmed");
const problem: Problem = {
  id: "p1",
  query: "aspirin",
  judgments: { a: 1, b: 2, c: 0, d: 1, e: 1 },
  maxDate: "2010/05/01",
};

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
  assert.equal(await scoreCompletion({ family, engine: letters(), problem, turn: formatAnswer("abc"), k: 50 }), {
    kind: "scored",
    reward: 5,
    query: "abc",
    measures: { "R@50": 0.5 },
  });
});

test("hits past k do not count, even if an engine returns them", async () => {
  const generous: SearchEngine = { name: "g", search: (query) => letters().search(query, 99) };
  // "xa…": within the first 2 only a, 1 of 4 = 0.25 → 1 + 0.5
  const score = await scoreCompletion({ family, engine: generous, problem, turn: formatAnswer("xabde"), k: 2 });
  assert.is(score.reward, 1.5);
});

test("the engine is asked for k hits up to the problem's date, under the caller's signal", async () => {
  const seen: (SearchOptions & { k: number })[] = [];
  const { signal } = new AbortController();
  await scoreCompletion({ family, engine: letters(seen), problem, turn: formatAnswer("a"), k: 7, signal });
  assert.equal(
    seen.map(({ k, maxDate }) => ({ k, maxDate })),
    [{ k: 7, maxDate: "2010/05/01" }],
  );
  assert.is(seen[0]!.signal, signal);
});

test("what the engine dropped is handed on", async () => {
  const score = await scoreCompletion({ family, engine: letters(), problem, turn: formatAnswer("abd!"), k: 50 });
  assert.equal(score.kind === "scored" && score.warnings, ["! was ignored"]);
});

test("a malformed turn is a score with its reason, and is never searched", async () => {
  const score = await scoreCompletion({ family, engine: down, problem, turn: "I would search for aspirin.", k: 50 });
  assert.is(score.reward, -4);
  assert.match(score.kind === "malformed" ? score.why : "", /found <think> 0 times/);
});

test("an empty answer is not searched and earns nothing", async () => {
  for (const body of ["", '{"query": ""}']) {
    const score = await scoreCompletion({
      family,
      engine: down,
      problem,
      turn: `<think>t</think><answer>${body}</answer>`,
      k: 50,
    });
    assert.is(score.reward, -3);
  }
});

test("an engine that counts what is relevant is not asked to list it, and earns the same", async () => {
  const asked: unknown[] = [];
  const counting: SearchEngine = {
    name: "counting",
    search: async () => assert.unreachable("listed the hits") as never,
    recall: async (query, judgments, k, options) => {
      asked.push([query, judgments, k, options]);
      return { recall: 0.5, found: 2, total: 9, warnings: ["! was ignored"] };
    },
  };
  // 2 of the relevant a, b, d, e: recall 0.5 → 1 + 4
  assert.equal(await scoreCompletion({ family, engine: counting, problem, turn: formatAnswer("abc"), k: 50 }), {
    kind: "scored",
    reward: 5,
    query: "abc",
    measures: { "R@50": 0.5 },
    warnings: ["! was ignored"],
  });
  assert.equal(asked, [["abc", { a: 1, b: 2, d: 1, e: 1 }, 50, { maxDate: "2010/05/01" }]]);
  const malformed = await scoreCompletion({ family, engine: counting, problem, turn: "aspirin", k: 50 });
  assert.is(malformed.reward, -4);
  assert.is(asked.length, 1);
});

test("an outage throws through in every profile", async () => {
  for (const [profile, engine] of (["safe", "reference"] as const).flatMap(
    (profile) =>
      [
        [profile, down],
        [profile, { ...down, recall: () => down.search("", 0) as never }],
      ] as const,
  )) {
    try {
      await scoreCompletion({ family, engine, problem, turn: formatAnswer("aspirin"), k: 50, profile });
      assert.unreachable("scored a query that nobody ran");
    } catch (error) {
      assert.match((error as Error).message, /PubMed did not answer: HTTP 503/);
    }
  }
});

test("a problem that nothing can solve is refused by name", async () => {
  try {
    await scoreCompletion({
      family,
      engine: letters(),
      problem: { ...problem, judgments: { a: 0 } },
      turn: formatAnswer("a"),
      k: 50,
    });
    assert.unreachable("0/0 was scored");
  } catch (error) {
    assert.match((error as Error).message, /problem p1 has no relevant document/);
  }
});

/** Echoes a row for every statement but those with an x. */
const database: SqlDatabase = {
  name: "echo",
  execute: async (sql) =>
    sql.includes("x") ? { kind: "failed", message: "no such column: x" } : { kind: "rows", rows: [[sql.length]] },
};
const spans = spansOf((docId) => `passage ${docId}`);
const everyFamily = [
  "pubmed",
  "pmd_no_reason",
  "ctgov",
  "nq_serini",
  "squad_no_reason",
  "scifact_train",
  "nfcorpus_dense_test",
  "msmarco_sparse_train",
  "bird_train",
  "bird_wor_train",
  "spider_test",
  "wikisql_train",
].map(familyOf);
const goldOfKind: Readonly<Record<Family["kind"], Partial<Problem>>> = {
  recall: {},
  ndcg: {},
  rank: { judgments: {}, answers: ["b", "passage d"] },
  execution: { judgments: {}, sql: { database: "echo", gold: "SELECT ab", schema: "" } },
};
const attempt = (of: Family, turn: string, profile: ProfileName) =>
  scoreCompletion({
    family: of,
    problem: { ...problem, ...goldOfKind[of.kind] },
    engine: letters(),
    spans,
    database,
    turn,
    profile,
  });

test(
  "100,000 random turns of every family are scored without a throw, within its table, and alike when scored " + "again",
  async () => {
    const pieces = [
      "<think>",
      "</think>",
      "<answer>",
      "</answer>",
      '{"query":"',
      '{"sql":"',
      "ab",
      "SELECT de",
      '"}',
      "\\",
      "\n",
      "NaN",
      "\ud800",
      ";",
      "--",
      '["query"]',
      "null",
    ];
    const rng = random("turns");
    const bounds: Readonly<Record<Family["kind"], readonly [number, number]>> = {
      recall: [-4, 6],
      rank: [-4, 6],
      ndcg: [-2, 1.1 + 1e-9],
      execution: [-2, 1.1],
    };
    const loophole = 3; // the reference's nDCG passes 1 where a document comes twice or grades are unsorted
    for (let i = 0; i < 100_000; i++) {
      const text = Array.from({ length: rng.below(8) }, () => rng.pick(pieces)).join("");
      const of = everyFamily[i % everyFamily.length]!;
      const turn =
        rng.next() < 0.7 ? `${of.reasoning ? "<think>t</think>" : ""}<answer>{"${of.key}":"${text}"}</answer>` : text;
      const profile = i % 3 === 0 ? "reference" : "safe";
      const first = await attempt(of, turn, profile);
      const [low, high] = bounds[of.kind];
      assert.ok(
        first.reward >= low &&
          (first.reward <= high || (profile === "reference" && of.kind === "ndcg" && first.reward < loophole)),
        `${of.name}: ${first.reward} for ${turn}`,
      );
      if (i % 50 === 0) assert.equal(await attempt(of, turn, profile), first);
    }
  },
);

test("in the safe profile nothing that holds no query earns as much as the worst query", async () => {
  for (const of of everyFamily) {
    const { key, reasoning } = of;
    for (const body of [
      "",
      " ",
      `{"${key}":""}`,
      `{"${key}":" "}`,
      `{"${key}":3}`,
      `["${key}"]`,
      `{"${key}":"a"`,
      "{}",
    ]) {
      const score = await attempt(of, `${reasoning ? "<think>t</think>" : ""}<answer>${body}</answer>`, "safe");
      assert.is(score.kind, "malformed", `${of.name}: ${body}`);
      const worst = { recall: -2.5, rank: of.name === "squad" ? -1.5 : -2.5, ndcg: 0, execution: 0 }[of.kind];
      assert.ok(score.reward < worst, `${of.name}: ${body} earns ${score.reward}`);
    }
  }
  assert.is((await attempt(familyOf("bird_train"), formatAnswer("-- nothing", "t", "sql"), "safe")).kind, "malformed");
});

test("a problem that nothing can solve is refused in every family, and scored as the reference scores it", async () => {
  const unsolvable: readonly (readonly [string, Partial<Problem>, number])[] = [
    ["pubmed", { judgments: {} }, -3], // recall 0/0 raises there
    ["nq_serini", { answers: [] }, -2.5], // a miss
    ["scifact_train", { judgments: {} }, 0], // nDCG 0
    ["spider_test", { sql: { database: "echo", gold: "SELECT x", schema: "" } }, 0], // execution error
  ];
  for (const [dataSource, gold, reward] of unsolvable) {
    const of = familyOf(dataSource);
    const request = {
      family: of,
      problem: { ...problem, ...gold },
      engine: letters(),
      spans,
      database,
      turn: formatAnswer("SELECT ab", "t", of.key),
    };
    try {
      await scoreCompletion(request);
      assert.unreachable(`${dataSource} was scored`);
    } catch (error) {
      assert.match((error as Error).message, /problem p1 .*Leave/, dataSource);
    }
    assert.is((await scoreCompletion({ ...request, profile: "reference" })).reward, reward, dataSource);
  }
});

test("what a family needs and does not get is named", async () => {
  const without = async (dataSource: string, gold: Partial<Problem> = {}) => {
    try {
      await scoreCompletion({
        family: familyOf(dataSource),
        problem: { ...problem, ...gold },
        turn: formatAnswer("a", "t", familyOf(dataSource).key),
      });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  assert.match(await without("pubmed"), /engine is missing; rewards of pubmed need one/);
  assert.match(await without("spider_test", goldOfKind.execution), /database is missing/);
  assert.match(await without("spider_test"), /problem p1 has documents, but spider is rewarded by sql/);
});

test("finding one more relevant document never earns less", async () => {
  let last = -Infinity;
  for (const query of ["x", "xa", "xab", "xabd", "xabde"]) {
    const { reward } = await scoreCompletion({ family, engine: letters(), problem, turn: formatAnswer(query), k: 50 });
    assert.ok(reward >= last, `${query}: ${reward} after ${last}`);
    last = reward;
  }
});

test.run();
