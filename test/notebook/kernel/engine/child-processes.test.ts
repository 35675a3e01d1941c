import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { descendants } from "../../../../lib/notebook/kernel/engine/process-tree";
import { built } from "../../runner/bench";
import { openSession, type Seen, type Session } from "../session";

/** A child process that an interrupted cell waits for is ended, and every variable of the notebook is kept. */

test("descendants are all that lies below, without what is spared and its children", () => {
  const table = [
    [1, 0],
    [10, 1],
    [11, 1],
    [20, 10],
    [21, 11],
    [30, 20],
    [5, 0],
  ].map(([pid, parent]) => ({ pid: pid!, parent: parent! }));
  assert.equal(descendants(table, 1, new Set()), [10, 11, 20, 21, 30]);
  assert.equal(descendants(table, 1, new Set([11])), [10, 20, 30]);
});

if (!built)
  test("child processes of cells", () => console.log("skipped: not built (npm run build); the kernel runs from dist/"));
else {
  let session: Session;
  test.before(async () => {
    session = await openSession();
    await session.run(
      'import { execFileSync, execSync, spawn, spawnSync } from "node:child_process"; const kept = "kept"; const ' +
        'beside = spawn("sleep", ["300"], { stdio: "ignore", detached: true });',
    );
  });
  test.after(async () => {
    await session.run("beside.kill(); null");
    await session.close();
  });
  const interrupted = async (code: string): Promise<Seen> => {
    const seen = session.run(`console.log("now"); ${code}`);
    while (!session.published.some(({ content }) => content["text"] === "now\n")) await sleep(20);
    await sleep(100);
    session.kernel.interrupt();
    return seen;
  };

  for (const [what, code] of [
    ["a program", 'execFileSync("sleep", ["300"])'],
    ["a shell and what it started", 'execSync("sleep 300; echo after")'],
    ["a program that takes no hint", `spawnSync("sh", ["-c", "trap '' INT TERM; while true; do sleep 0.1; done"])`],
    ["a program, after an await", 'await null; execFileSync("sleep", ["300"])'],
    [
      "a program that is awaited",
      'const child = spawn("sleep", ["300"]); await new Promise((ended) => child.once("exit", ended));',
    ],
  ] as const) {
    test(`waiting for ${what} is interrupted`, async () => {
      const seen = await interrupted(code);
      assert.match(seen.error, /^Interrupted/, `${seen.status}: ${seen.error}, printed ${seen.text}`);
      assert.ok(seen.seconds < 20, `${seen.seconds} s`);
      assert.is((await session.run("[kept, beside.exitCode]")).value, "[ 'kept', null ]");
    });
  }
}

test.run();
