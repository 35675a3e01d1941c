import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { distributions } from "../../../lib/backend/composed/distributions";
import { close, tensorsLeftBy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** Of two rows; e.g. the first is exp of 2, −1, 1 over its sum. */
const logits = [
  [2, -1, 1],
  [0, 3, -2],
];
const softmax = (row: readonly number[]) =>
  row.map((x) => Math.exp(x) / row.reduce((sum, other) => sum + Math.exp(other), 0));
const none = [new Set<number>(), new Set<number>()];

async function of(warping: Partial<Parameters<typeof distributions>[1]>) {
  const tensor = tf.tensor2d(logits);
  const result = await distributions(tensor, { seen: none, repetitionPenalty: 1, temperature: 1, ...warping });
  tensor.dispose();
  return result;
}

test("nothing changed, both distributions are the policy's own, read once", async () => {
  for (const temperature of [0, 1]) {
    const { drawn, plain } = await of({ temperature });
    close([...plain], logits.flatMap(softmax));
    assert.is(drawn, plain);
  }
});

test("a temperature divides the logits; the policy's own distribution stays", async () => {
  const { drawn, plain } = await of({ temperature: 0.5 });
  close(
    [...drawn],
    logits.flatMap((row) => softmax(row.map((x) => x / 0.5))),
  );
  close([...plain], logits.flatMap(softmax));
});

test("a repetition penalty divides positive logits of seen tokens and multiplies others, before softmax", async () => {
  const { drawn, plain } = await of({
    seen: [new Set([0, 1]), new Set([2])],
    repetitionPenalty: 2,
    temperature: 0.5,
  });
  // 2 → 1, −1 → −2, and −2 → −4; all twice as large at temperature 0.5
  close([...drawn], [softmax([2, -4, 2]), softmax([0, 6, -8])].flat());
  close([...plain], logits.flatMap(softmax));
});

test("it leaves no tensor", async () =>
  assert.is(
    await tensorsLeftBy(
      async () => void (await of({ seen: [new Set([0]), new Set()], repetitionPenalty: 1.3, temperature: 0.7 })),
    ),
    0,
  ));

test.run();
