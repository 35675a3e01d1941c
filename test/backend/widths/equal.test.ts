import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { skip } from "../../skip";
import type { Answer } from "./equal-child";
import { widthsHere } from "./here";

function answerAt(width: string): Answer {
  const env = { ...process.env, DEEPRETRIEVAL_SIMD: width };
  const child = spawnSync(process.execPath, ["--require", "tsx/cjs", join(__dirname, "equal-child.ts")], {
    encoding: "utf8",
    env,
  });
  assert.is(child.status, 0, child.stderr);
  return JSON.parse(child.stdout.trim().split("\n").at(-1)!) as Answer;
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

test("every width writes the same text and computes the same logits and losses, but for rounding", async () => {
  const native = await useBackend("native").then(
    ({ vectors }) => vectors,
    () => undefined,
  );
  if (!native) return skip("native TensorFlow, with the operations that set-up compiles, is not here");
  const [widest, ...others] = widthsHere().map(answerAt);
  for (const other of others) {
    assert.is.not(other.vectors, widest!.vectors);
    assert.equal(other.texts, widest!.texts, `${other.vectors}: greedy texts`);
    assert.ok(largest(other.logits, widest!.logits) < 1e-4, `${other.vectors}: logits`);
    assert.ok(largest(other.losses, widest!.losses) < 1e-5, `${other.vectors}: losses`);
  }
});

test.run();
