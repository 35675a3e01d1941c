import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { model } from "../../../lib/models/model";
import type { Policy } from "../../../lib/models/policy";
import { readValues, writeValues } from "../../../lib/scaling/devices/values";
import { numbers, temporaryFolder, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** Gives every variable other numbers, as training does. */
const trained = (policy: Policy): Policy => {
  policy.variables.forEach((variable, i) => tf.tidy(() => variable.assign(tf.add(variable, (i + 1) / 8))));
  return policy;
};

for (const [what, made] of [
  ["all weights", () => tinyPolicy()],
  ["adapters", () => tinyPolicy().adapt({ rank: 3 })],
] as const)
  test(`${what}: a policy read from a folder gets what training has made of the one that wrote it`, async () => {
    const [own, folder] = [made(), temporaryFolder()];
    own.save(folder);
    const other = own.weights.adapter ? tinyPolicy().adapt(folder) : await model(folder);
    trained(own);
    const file = join(folder, "values");
    writeValues(own, file);
    assert.is(statSync(file).size, 4 * own.variables.reduce((sum, { size }) => sum + size, 0));
    const before = tf.memory().numTensors;
    readValues(other, file);
    assert.is(tf.memory().numTensors, before, "tensors are left over");
    // a prompt's log-probabilities depend on every weight
    const logps = (policy: Policy) => {
      const batch = policy.batch([{ prompt: [1, 2, 3], response: [4, 5] }]);
      return numbers(policy.tokenLogps(batch).logps);
    };
    assert.equal(logps(other), logps(own));
    own.variables.forEach(({ shape }, i) => assert.equal(other.variables[i]!.shape, shape));
  });

test("numbers of another structure are refused, and change nothing", () => {
  const [policy, file] = [tinyPolicy(), join(temporaryFolder(), "values")];
  const before = policy.variables.map((variable) => [...variable.dataSync()]);
  writeFileSync(file, new Float32Array(7));
  assert.throws(() => readValues(policy, file), /values has 28 bytes, and the policy takes \d+: it is of another/);
  assert.equal(
    policy.variables.map((variable) => [...variable.dataSync()]),
    before,
  );
});

test.run();
