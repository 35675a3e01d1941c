import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ownFolder } from "../../../lib/core/files/own-folder";
import { temporaryFolder } from "../../fixtures";

const own = { where: "ppo", what: "a run", ours: (folder: string) => existsSync(join(folder, "run.txt")) };

/** A folder with something of ours. */
function made(folder: string, text = "first"): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "run.txt"), text);
  return folder;
}

/** The message of the refusal, after checking that nothing below `parent` has changed. */
function refusal(parent: string, path: string): string {
  const before = readdirSync(parent, { recursive: true });
  try {
    ownFolder(path, own);
  } catch (error) {
    assert.equal(readdirSync(parent, { recursive: true }), before);
    assert.is((error as Error).name, "RangeError");
    return (error as Error).message;
  }
  throw new Error(`${path} was not refused`);
}

test("a run's folder is moved aside under the next free number, never overwritten", () => {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  for (const text of ["first", "second", "third"]) {
    ownFolder(run, own);
    made(run, text);
  }
  assert.equal(readdirSync(folder).sort(), ["run", "run-1", "run-2"]);
  assert.is(readFileSync(join(folder, "run-1", "run.txt"), "utf8"), "first");
});

test("with `keep` it is used as it is", () => {
  const folder = temporaryFolder();
  ownFolder(made(join(folder, "run")), own, { keep: true });
  assert.equal(readdirSync(folder, { recursive: true }).sort(), ["run", "run/run.txt"]);
});

test("a folder that is empty, absent, or has hidden files only is used", () => {
  const folder = temporaryFolder();
  for (const path of ["run", "deep/er", "hidden"].map((name) => join(folder, name))) {
    if (path.endsWith("hidden")) mkdirSync(path), writeFileSync(join(path, ".gitkeep"), "");
    assert.is(ownFolder(path, own), path);
  }
  assert.equal(readdirSync(folder).sort(), ["deep", "hidden", "run"]);
});

test("a folder with other people's files is refused by name, with `keep` too", () => {
  const folder = temporaryFolder();
  const theirs = join(folder, "thesis");
  mkdirSync(theirs);
  for (const name of ["a.tex", "b.tex", "c.tex", "d.tex"]) writeFileSync(join(theirs, name), "");
  assert.match(
    refusal(folder, theirs),
    /^ppo: the folder .*thesis holds a\.tex, b\.tex, c\.tex and 1 more and not a run\. It was left as it is/,
  );
  assert.throws(() => ownFolder(theirs, own, { keep: true }), /thesis holds/);
});

test("a file, and a link that leads nowhere, are refused", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "gone"), join(folder, "link"));
  assert.match(refusal(folder, join(folder, "file")), /file is a file/);
  assert.match(refusal(folder, join(folder, "link")), /link is a symbolic link to something that does not exist/);
});

test("of a symbolic link the folder that it leads to is moved, and the link stays", () => {
  const folder = temporaryFolder();
  made(join(folder, "disk", "run"));
  symlinkSync(join(folder, "disk", "run"), join(folder, "latest"));
  ownFolder(join(folder, "latest"), own);
  assert.equal(readdirSync(join(folder, "disk")).sort(), ["run", "run-1"]);
  assert.equal(readdirSync(join(folder, "latest")), []);
});

test("a number that is taken by a broken link is not free", () => {
  const folder = temporaryFolder();
  made(join(folder, "run"));
  symlinkSync(join(folder, "gone"), join(folder, "run-1"));
  ownFolder(join(folder, "run"), own);
  assert.ok(existsSync(join(folder, "run-2", "run.txt")));
});

test("a slash at the end, dots and a relative path name the same folder", () => {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  for (const path of [
    `${run}/`,
    join(folder, "other", "..", "run"),
    `${folder}/./run/.`,
    relative(process.cwd(), run),
  ]) {
    made(run);
    assert.is(ownFolder(path, own), run);
  }
  assert.equal(readdirSync(folder).sort(), ["run", "run-1", "run-2", "run-3", "run-4"]);
});

test("a project, the working folder and what contains it are never moved, even if they hold a run", () => {
  for (const mark of ["package.json", "pyproject.toml"]) {
    const folder = temporaryFolder();
    writeFileSync(join(made(join(folder, "project")), mark), "{}");
    assert.match(
      refusal(folder, join(folder, "project")),
      new RegExp(`holds a run, which would be moved aside, but it is a project \\(it has ${mark}\\)`),
    );
  }
  const folder = temporaryFolder();
  const inner = join(made(join(folder, "outer")), "inner");
  made(inner);
  symlinkSync(join(folder, "outer"), join(folder, "link"));
  const before = process.cwd();
  process.chdir(inner);
  try {
    for (const path of [".", "..", inner, join(folder, "outer"), join(folder, "link"), join(folder, "link", "inner")]) {
      assert.match(refusal(folder, path), /is or contains the working folder/);
    }
    made(join(folder, "outer", "sibling"));
    ownFolder("../sibling", own);
    assert.ok(existsSync(join(folder, "outer", "sibling-1")));
  } finally {
    process.chdir(before);
  }
});

test("the home folder and what is above it are refused", () => {
  const folder = temporaryFolder();
  const home = join(made(join(folder, "home")), "ada");
  made(home);
  const before = process.env["HOME"];
  process.env["HOME"] = home; // what os.homedir() goes by
  try {
    for (const path of [home, `${home}/`, join(folder, "home"), join(home, "runs", "..")])
      assert.match(refusal(folder, path), /is or contains your home folder/);
  } finally {
    process.env["HOME"] = before;
  }
});

test.run();
