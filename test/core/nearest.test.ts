import { test } from "uvu";
import * as assert from "uvu/assert";
import { edits, nearest } from "../../lib/core/nearest";

test("letters that differ are counted: inserted, removed, replaced, swapped", () => {
  for (const [a, b, distance] of [
    ["steps", "stepz", 1],
    ["steps", "step", 1],
    ["step", "steps", 1],
    ["seed", "sede", 1],
    ["kitten", "sitting", 3],
    ["", "ab", 2],
  ] as const)
    assert.is(edits(a, b), distance);
});

test("names are told where they are near", () => {
  const known = ["steps", "learningRate", "klCoefficient", "maxResponse", "b"];
  for (const [name, meant] of [
    ["stepz", "steps"],
    ["lerningRate", "learningRate"],
    ["learning_rate", "learningRate"],
    ["klCoef", "klCoefficient"],
    ["maxTokens", undefined],
    ["x", undefined],
    ["stp", "steps"], // letters left out
    ["stps", "steps"],
    ["tps", undefined], // another first letter
  ] as const)
    assert.is(nearest(name, known, 1)[0], meant, name);
});

test.run();
