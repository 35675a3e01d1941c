import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { tensorsLeftBy, tinyPolicy } from "../../fixtures";

test.before(async () => void (await useBackend("cpu")));

test(
  "the fingerprint is that of the weights: equal for equal ones, another after any of them changed, and it leaves " +
    "no tensor",
  async () => {
    const [one, same, other] = [tinyPolicy(1), tinyPolicy(1), tinyPolicy(2)];
    const weightsOf = (policy: typeof one) => policy.about!()["weights"];
    assert.is(await tensorsLeftBy(() => void weightsOf(one)), 0);
    assert.is(weightsOf(one), weightsOf(same));
    assert.is.not(weightsOf(one), weightsOf(other));
    const before = weightsOf(one);
    for (const variable of one.variables) {
      const was = weightsOf(one);
      tf.tidy(() => variable.assign(tf.add(variable, 0.5)));
      assert.is.not(weightsOf(one), was);
    }
    assert.is.not(weightsOf(one), before);
    assert.is(one.about!()["parameters"], one.parameters);
    for (const policy of [one, same, other]) policy.dispose();
  },
);

test.run();
