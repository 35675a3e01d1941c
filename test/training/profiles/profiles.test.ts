import { test } from "uvu";
import * as assert from "uvu/assert";
import { gae } from "../../../lib/training/estimators/gae";
import { klOf } from "../../../lib/training/kl/kinds";
import { profileOf, profiles } from "../../../lib/training/profiles/profiles";
import { close } from "../../fixtures";

test("a profile is found by its name, and another name is refused with those that there are", () => {
  for (const [name, profile] of Object.entries(profiles)) assert.is(profileOf(name), profile);
  assert.throws(() => profileOf("rllib"), /profile is "rllib"; it must be one of deepretrieval, verl, trl, openrlhf/);
});

test("DeepRetrieval's GAE discounts over a gap that verl's skips", () => {
  // γ = ½, λ = 1, no values: verl G_0 = 0 + ½·1; the fork 0 + ½·(0 + ½·1)
  const input = { rewards: [[0, 9, 1]], values: [[0, 9, 0]], mask: [[1, 0, 1]] };
  const first = (skipMasked: boolean) => gae(input, { gamma: 0.5, skipMasked }).advantages[0]![0]!;
  close([first(profiles.verl.gaeSkipsMasked), first(profiles.deepretrieval.gaeSkipsMasked)], [0.5, 0.25]);
});

test("far from the reference the frameworks bound k3 and k1 differently", () => {
  const at = (name: keyof typeof profiles, kind: "k1" | "k3") =>
    klOf(kind, [[0]], [[4]], profiles[name].klBounds)[0]![0];
  close([at("trl", "k3")!], [Math.exp(4) - 5]); // 49.6
  for (const name of ["verl", "deepretrieval", "openrlhf"] as const) assert.is(at(name, "k3"), 10, name);
  const far = (name: keyof typeof profiles) => klOf("k1", [[0]], [[40]], profiles[name].klBounds)[0]![0];
  assert.equal([far("verl"), far("openrlhf")], [-40, -10]);
});

test.run();
