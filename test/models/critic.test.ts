import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { tf } from "../../lib/backend/tf";
import { criticFrom, readCritic } from "../../lib/models/critic";
import { readSafetensors, writeSafetensors } from "../../lib/models/checkpoints/safetensors/safetensors";
import { responseHidden } from "../../lib/models/decoder/token-logps";
import { close, numbers, temporaryFolder, tensorsLeftBy, tinyPolicy } from "../fixtures";

test.before(async () => void (await useBackend("cpu")));
const sequences = [
  { prompt: [1, 2, 3], response: [4, 5] },
  { prompt: [6], response: [7, 8, 9] },
];

test("a new critic predicts 0 everywhere, and its head can learn", () => {
  const policy = tinyPolicy();
  const critic = criticFrom(policy);
  const batch = policy.batch(sequences);
  tf.tidy(() => {
    assert.equal(critic.values(batch).arraySync(), [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const { grads } = tf.variableGrads(() => critic.values(batch).sum() as tf.Scalar, critic.variables);
    const [weight, bias] = critic.variables.slice(-2).map((variable) => grads[variable.name]!);
    assert.ok(weight!.abs().max().dataSync()[0]! > 0);
    close(Array.from(bias!.dataSync()), [6]); // one for each of six positions
  });
});

/** A critic with a head that is not zero. */
function taught() {
  const policy = tinyPolicy();
  const critic = criticFrom(policy);
  const [weight, bias] = critic.variables.slice(-2) as [tf.Variable, tf.Variable];
  tf.tidy(() => {
    weight.assign(tf.range(1, 17).reshape([16, 1]).mul(0.1));
    bias.assign(tf.tensor1d([0.5]));
  });
  return { policy, critic };
}

test("a value is linear in the hidden state before its token: the critic does not see the token it judges", () => {
  const { policy, critic } = taught();
  const batch = policy.batch(sequences);
  const hidden = responseHidden(policy, batch).arraySync(); // the critic's body is still the policy's
  const expected = hidden.map((row) => row.reduce((sum, x, i) => sum + x * 0.1 * (i + 1), 0.5));
  close(numbers(critic.values(batch)), expected, { rtol: 1e-4, atol: 1e-4 });
  const other = policy.batch([{ prompt: [1, 2, 3], response: [99, 5] }, sequences[1]!]);
  const [one, two] = [critic.values(batch).arraySync(), critic.values(other).arraySync()];
  assert.is(one[0]![0], two[0]![0]);
  assert.is.not(one[0]![1], two[0]![1]);
});

test("it has a body of its own: training it leaves the policy alone", () => {
  const { policy, critic } = taught();
  const before = policy.weights.embed.dataSync().slice();
  for (const variable of critic.variables) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  assert.equal(policy.weights.embed.dataSync(), before);
});

test("it goes through its folder, and disposed of leaves no tensor behind", async () => {
  const left = await tensorsLeftBy(() => {
    const folder = temporaryFolder();
    const { policy, critic } = taught();
    critic.save(folder);
    const back = readCritic(folder, policy);
    const batch = policy.batch(sequences);
    assert.equal(numbers(back.values(batch)), numbers(critic.values(batch)));
    batch.dispose();
    for (const owner of [policy, critic, back]) owner.dispose();
  });
  assert.is(left, 0);
});

test("a policy is no critic, and says so", () => {
  const folder = temporaryFolder();
  const policy = tinyPolicy();
  policy.save(folder);
  assert.throws(
    () => readCritic(folder, policy),
    (error: Error) =>
      error.name === "CorruptData" &&
      /score\.weight or score\.bias is missing\. This is not a critic/.test(error.message),
  );
});

test("a head of another width is refused by name", () => {
  const folder = temporaryFolder();
  const { policy, critic } = taught();
  critic.save(folder);
  const file = join(folder, "model.safetensors");
  const arrays = readSafetensors(file);
  rmSync(file);
  writeSafetensors(file, { ...arrays, "score.weight": { shape: [1, 8], data: new Float32Array(8) } });
  assert.throws(
    () => readCritic(folder, policy),
    (error: Error) => error.name === "CorruptData" && /score\.weight is \[1,8\]/.test(error.message),
  );
});

test.run();
