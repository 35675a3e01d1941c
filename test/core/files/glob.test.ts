import { test } from "uvu";
import * as assert from "uvu/assert";
import { fitsGlob, type Wildcard } from "../../../lib/core/files/glob";

const shell = { "*": { many: () => true }, "?": { one: () => true } };
const paths: Readonly<Record<string, Wildcard>> = {
  "*": { many: (character) => character !== "/" },
  "**": { many: () => true },
  "**/": { many: () => true, until: "/" },
};

test("a sign stands for itself, also where regular expressions know it", () => {
  assert.ok(fitsGlob("a.b(c)[d]+$", shell)("a.b(c)[d]+$"));
  assert.not.ok(fitsGlob("a.b", shell)("axb"));
  assert.ok(fitsGlob("", shell)(""));
});

test("* stands for any text, none too, ? for one character", () => {
  for (const text of ["let x", "let x = 1", "a let x\nb"]) assert.ok(fitsGlob("*let x*", shell)(text), text);
  assert.not.ok(fitsGlob("let ?", shell)("let "));
  assert.ok(fitsGlob("let ?", shell)("let 🙂"));
});

test("folders of a path", () => {
  const cases: readonly (readonly [glob: string, fits: readonly string[], not: readonly string[]])[] = [
    ["*.json", ["config.json", ".json"], ["a/config.json", "config.jsonl"]],
    ["**/*.json", ["config.json", "a/b/config.json"], ["config.txt"]],
    ["a/**", ["a/", "a/b/c"], ["a", "b/a/c"]],
    ["a/**/z", ["a/z", "a/b/c/z"], ["az", "a/bz"]],
    ["**/*.gz", ["x.gz", "a/x.gz"], ["x.gz/y"]],
  ];
  for (const [glob, fits, not] of cases) {
    for (const path of fits) assert.ok(fitsGlob(glob, paths)(path), `${glob} ${path}`);
    for (const path of not) assert.not.ok(fitsGlob(glob, paths)(path), `${glob} ${path}`);
  }
});

test("a pattern of many stars takes no time that grows with their combinations", () => {
  assert.not.ok(fitsGlob(`${"*a".repeat(30)}*b`, shell)("a".repeat(5000)));
});

test.run();
