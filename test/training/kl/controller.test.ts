import { test } from "uvu";
import * as assert from "uvu/assert";
import { adaptiveKL, afterStep, fixedKL } from "../../../lib/training/kl/controller";
import { close } from "../../fixtures";

test("a fixed coefficient stays", () => assert.is(afterStep(fixedKL(0.001), 99, 64).coefficient, 0.001));

test("an adaptive coefficient follows the error, held within a fifth", () => {
  const controller = adaptiveKL(1, { target: 0.1, horizon: 100 });
  close([afterStep(controller, 0.11, 10).coefficient], [1.01]); // 1 + 0.1·10/100
  close([afterStep(controller, 5, 10).coefficient], [1.02]); // 1 + 0.2·10/100
  close([afterStep(controller, -5, 10).coefficient], [0.98]);
});

test("a divergence that is not finite leaves the coefficient", () => {
  assert.is(afterStep(adaptiveKL(0.2), NaN, 64).coefficient, 0.2);
});

test("a controller survives JSON, as a checkpoint needs it", () => {
  const controller = afterStep(adaptiveKL(0.2), 12, 256);
  assert.equal(JSON.parse(JSON.stringify(controller)), controller);
});

test("an adaptive coefficient of 0 would stay 0, and is refused; so are a negative one and NaN", () => {
  assert.throws(() => adaptiveKL(0), /adaptiveKL: start is 0; it must be a number above 0/);
  assert.throws(() => fixedKL(-1), /fixedKL: coefficient is -1/);
  assert.throws(() => fixedKL(NaN), /coefficient is NaN/);
  assert.throws(() => adaptiveKL(0.1, { target: 0 }), /target is 0/);
});

test.run();
