import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../lib/core/random";
import { useBackend } from "../../../lib/backend/choose";
import { lettersTask, temporaryFolder, tinyPolicy } from "../../fixtures";
import { killedRun, runOf } from "./killed-run";

test.before(async () => void (await useBackend("wasm")));

/**
 * Starts the run in a process, kills it some milliseconds after its first step, and resolves to the steps that it told.
 */
function runAndKill(
  algorithm: "ppo" | "grpo",
  folder: string,
  resume: boolean,
  milliseconds: number,
): Promise<number[]> {
  const child = spawn(
    process.execPath,
    ["--require", "tsx/cjs", join(__dirname, "killed-run.ts"), folder, resume ? "resume" : "fresh", algorithm],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on("data", (data: Buffer) => {
    text += data.toString();
    timer ??= setTimeout(() => child.kill("SIGKILL"), milliseconds);
  });
  return new Promise((resolve) =>
    child.on("close", () => (clearTimeout(timer), resolve(text.split("\n").slice(0, -1).map(Number)))),
  );
}

for (const algorithm of ["ppo", "grpo"] as const)
  test(
    `killed at random moments a run by ${algorithm} loses no finished step, asks for none of its rollouts again, ` +
      "and ends as one that was never killed",
    async () => {
      const [folder, straight] = [join(temporaryFolder(), "run"), temporaryFolder()];
      const rng = random("kill");
      let told = 0;
      for (let kill = 0; kill < 4 && told < killedRun.steps; kill++) {
        const steps = await runAndKill(algorithm, folder, kill > 0, rng.below(250));
        assert.is(steps[0], told + 1, `after kill ${kill} at step ${told} the run went on with ${steps[0]}`);
        told = steps.at(-1)!;
      }
      const finished = readFileSync(join(folder, "metrics.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}")).length;
      assert.ok(finished - told <= 1, `${finished} steps are logged, ${told} were told`);
      if (finished < killedRun.steps) {
        let asked = 0;
        const task = lettersTask();
        const counting = { ...task, score: (...args: Parameters<typeof task.score>) => (asked++, task.score(...args)) };
        for await (const { step } of runOf(algorithm, tinyPolicy(77), counting, { folder, resume: true }))
          assert.ok(step > finished);
        assert.ok(
          asked <= (killedRun.steps - finished) * killedRun.batchSize * (algorithm === "grpo" ? 4 : 1),
          `${asked} scores for ${killedRun.steps - finished} steps`,
        );
      }
      for await (const _ of runOf(algorithm, tinyPolicy(), lettersTask(), { folder: straight }));
      assert.is(
        readFileSync(join(folder, "metrics.jsonl"), "utf8"),
        readFileSync(join(straight, "metrics.jsonl"), "utf8"),
      );
      assert.is(
        readFileSync(join(folder, "rollouts.jsonl"), "utf8"),
        readFileSync(join(straight, "rollouts.jsonl"), "utf8"),
      );
      assert.equal(
        readdirSync(folder).filter((name) => name.startsWith("checkpoint")),
        ["checkpoint-40"],
      );
    },
  );

test.run();
