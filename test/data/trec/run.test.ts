import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readRun, writeRun } from "../../../lib/data/trec/run";
import { temporaryFolder } from "../../fixtures";

const folder = temporaryFolder();
const file = (content: string): string => {
  writeFileSync(join(folder, "run"), content);
  return join(folder, "run");
};

test("a run is ordered as trec_eval orders it: by score, then by name backwards", async () => {
  const run = await readRun(file("1 Q0 a 1 0.5 x\n1 Q0 b 2 0.5 x\n1 Q0 c 3 0.9 x\n\n2 Q0 a 1 -1e3 x\n"));
  assert.equal(run, {
    1: [
      { docId: "c", score: 0.9 },
      { docId: "b", score: 0.5 },
      { docId: "a", score: 0.5 },
    ],
    2: [{ docId: "a", score: -1000 }],
  });
});

test("what is written reads back in its order, also where scores repeat", async () => {
  const hits = [
    { docId: "a", score: 0.5 },
    { docId: "b", score: 0.5 },
  ];
  const path = join(folder, "written");
  writeRun(path, { q: hits, r: [{ docId: "z", score: 7.25 }] }, "mine");
  assert.is(readFileSync(path, "utf8"), "q Q0 a 1 2 mine\nq Q0 b 2 1 mine\nr Q0 z 1 7.25 mine\n");
  assert.equal(
    (await readRun(path))["q"]!.map(({ docId }) => docId),
    ["a", "b"],
  );
});

const fails = (content: string, message: RegExp) =>
  readRun(file(content)).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, message),
  );

test("scores that differ by less than float32 holds are ties, as in trec_eval", async () => {
  const run = await readRun(file("1 Q0 a 1 10.00000002 x\n1 Q0 b 2 10.00000001 x\n1 Q0 c 3 9.99999 x\n"));
  assert.equal(
    run["1"]!.map(({ docId }) => docId),
    ["b", "a", "c"],
  ); // 10 and 10 to trec_eval, whose ties go by name backwards
  const path = join(folder, "close");
  writeRun(
    path,
    {
      q: [
        { docId: "a", score: 10.00000002 },
        { docId: "b", score: 10.00000001 },
      ],
    },
    "mine",
  );
  assert.equal(
    (await readRun(path))["q"]!.map(({ docId }) => docId),
    ["a", "b"],
  );
});

test("a line of another shape is named", async () => {
  await fails("1 Q0 a 1 0.5 x\n1 a 1\n", /run:2: 3 columns instead of 6/);
  await fails("1 Q0 a 1 high x\n", /run:1: the score is "high"/);
  await fails("1 Q0 a 1 2 x\n1 Q0 a 2 1 x\n", /document a of topic 1 is listed twice/);
  assert.throws(
    () => writeRun(join(folder, "bad"), { q: [{ docId: "a b", score: 1 }] }, "mine"),
    /"a b" is empty or has white space/,
  );
});

test.run();
