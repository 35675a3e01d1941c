import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { SearchEngine } from "../../lib/core/roles";
import { type ScoredLine, scoreRows } from "../../lib/cli/scoring/score-rows";
import { summary } from "../../lib/cli/scoring/score";

const row = (query: string, more: object = {}) =>
  JSON.stringify({
    data_source: "pubmed",
    solution_str: `Assistant: <think>t</think><answer>{"query":"${query}"}</answer>`,
    ground_truth: { target: ["a", "b"] },
    extra_info: { index: 0 },
    ...more,
  });

const letters: SearchEngine = {
  name: "letters",
  async search(query) {
    if (query === "down") throw new SearchUnavailable("letters", "HTTP 503", "Wait.");
    if (query === "slow") await new Promise((resolve) => setTimeout(resolve, 20));
    return {
      hits: [...query].map((docId, i) => ({ docId, score: -i })),
      total: query.length,
      warnings: query.includes("!") ? ["! was ignored"] : [],
    };
  },
};

async function score(lines: readonly string[], profile: "safe" | "reference" = "safe", engine?: SearchEngine) {
  const written: ScoredLine[] = [];
  const complaints: string[] = [];
  const stream = (async function* () {
    yield* lines;
  })();
  const report = await scoreRows(stream, engine ? { engine } : {}, (line) => written.push(line), {
    profile,
    name: "rows",
    onInvalid: (why) => complaints.push(why),
  });
  return { written, report, complaints };
}

test("every row gives a line, in the order of the rows, whatever finishes first", async () => {
  const { written } = await score([row("slow"), row("a"), "", row("ab"), row("x!")], "safe", letters);
  assert.equal(
    written.map(({ score }) => score),
    [-2.5, 5, 6, -2.5],
  );
  assert.equal(written[1], { score: 5, kind: "scored", measures: { "R@3000": 0.5 }, why: "" });
  assert.is(written[3]!.why, "! was ignored");
});

test("a row may bring what an engine would return; null is an outage", async () => {
  const { written, report } = await score([
    row("q", { retrieved: ["b", "x"] }),
    row("q", { retrieved: [] }),
    row("q", { retrieved: null }),
  ]);
  assert.equal(
    written.map(({ score, kind }) => [score, kind]),
    [
      [5, "scored"],
      [-2.5, "scored"],
      [null, "outage"],
    ],
  );
  assert.is(report.down, 0); // it is a recording
});

test(
  "an outage has no score, and in the reference profile the number that the reference gives, still as an " + "outage",
  async () => {
    const safe = await score([row("down"), row("a")], "safe", letters);
    assert.equal(safe.written[0], {
      score: null,
      kind: "outage",
      measures: {},
      why: "letters did not answer: HTTP 503. Wait.",
    });
    assert.equal([safe.report.down, safe.report.reward.over], [1, 1]);
    const reference = await score([row("down"), row("a")], "reference", letters);
    assert.equal([reference.written[0]!.score, reference.written[0]!.kind], [-3, "outage"]);
    assert.equal(reference.report.reward, { mean: 5, over: 1 });
  },
);

test("malformed turns say why, cost no search and need no engine", async () => {
  const { written } = await score([row("a").replace("</think>", "")]);
  assert.equal([written[0]!.score, written[0]!.kind], [-4, "malformed"]);
  assert.match(written[0]!.why, /found <\/think> 0 times/);
});

test("passages stand in for an engine where answers are looked for", async () => {
  const { written } = await score([
    row("q", {
      data_source: "nq_serini",
      ground_truth: { target: ["Marie Curie"] },
      retrieved: ["Pierre", '"Radium"\nby marie curie'],
    }),
  ]);
  assert.equal(written[0], {
    score: 6,
    kind: "scored",
    measures: { "Success@1": 0, "Success@5": 1, "Success@20": 1, "Success@100": 1, "RR@3000": 0.5 },
    why: "",
  });
});

test("a row that cannot be scored is named by its line and does not stop the others", async () => {
  const { written, report, complaints } = await score(
    [row("a"), "{", row("a", { ground_truth: undefined }), row("a", { ground_truth: { target: [] } }), "[1]", row("a")],
    "safe",
    letters,
  );
  assert.equal(
    written.map(({ kind }) => kind),
    ["scored", "invalid", "invalid", "invalid", "invalid", "scored"],
  );
  assert.is(report.invalid, 4);
  assert.match(complaints[0]!, /^rows:2: not JSON/);
  assert.match(complaints[1]!, /^rows:3: the row has no "ground_truth"/);
  assert.match(complaints[2]!, /rows:4 has no relevant document/);
  assert.match(complaints[3]!, /^rows:5: holds \[1\]/);
});

test("a row that needs an engine and gets none says so", async () => {
  assert.match((await score([row("a")])).written[0]!.why, /engine is missing/);
});

test("an error that is nobody's row stops the stream", async () => {
  const broken: SearchEngine = {
    name: "b",
    search: async () => {
      throw new Error("our own mistake");
    },
  };
  try {
    await score([row("a"), row("b")], "safe", broken);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "our own mistake");
  }
});

test("a peer may wait for one reward before it sends the next row", async () => {
  const answers: (() => void)[] = [];
  const stream = (async function* () {
    for (let i = 0; i < 3; i++) {
      yield row("a", { retrieved: ["a"] });
      await new Promise<void>((resolve) => answers.push(resolve));
    }
  })();
  let count = 0;
  await scoreRows(stream, {}, () => (count++, answers.shift()!()), { profile: "safe", name: "rows" });
  assert.is(count, 3);
});

test("the summary says what its means are over", async () => {
  const { report } = await score(
    [row("ab"), row("x"), row("down"), row("a").replace("</think>", ""), "{"],
    "safe",
    letters,
  );
  assert.is(
    summary(report),
    "5 rows: 2 scored, 1 malformed, 1 outage, 1 invalid\nreward -0.1667 over 3, R@3000 0.5000 over 2",
  ); // (6 − 2.5 − 4) / 3
});

test.run();
