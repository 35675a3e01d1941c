import { test } from "uvu";
import * as assert from "uvu/assert";
import { absentFrom, absentSentence, watched } from "../../../lib/data/datasets/judged";

const judgments = { q1: { a: 1, b: 0 }, q2: { b: 2, c: 0, d: 1 } };

test("judged documents that a corpus lacks are counted once each, the relevant ones apart", () => {
  assert.equal(
    absentFrom(judgments, (docId) => docId === "a"),
    { absent: 3, relevant: 2, judged: 4, example: "b" },
  );
  assert.is(
    absentSentence(
      "the corpus",
      absentFrom(judgments, () => true),
    ),
    undefined,
  );
  assert.match(
    absentSentence(
      "the corpus",
      absentFrom(judgments, (docId) => docId !== "d"),
    )!,
    /lacks 1 of 4 judged documents \(1 of them relevant\), such as "d"/,
  );
});

test("a stream of documents passes unchanged and is watched", async () => {
  const all = [{ id: "x" }, { id: "a" }, { id: "c" }];
  async function* stream() {
    yield* all;
  }
  const { documents, absent } = watched(stream(), judgments);
  const passed = [];
  for await (const document of documents) passed.push(document);
  assert.equal(passed, all);
  assert.equal(absent(), { absent: 2, relevant: 2, judged: 4, example: "b" });
});

test.run();
