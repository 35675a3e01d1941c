import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../fixtures";
import { commandLine } from "./capture";

const asked = (folder: string, ...more: readonly string[]) =>
  commandLine(
    ...["export", "verl", "--task", "pubmed:train", "--validation", "pubmed:validation", "--out", folder],
    ...["--reward-url", "http://10.0.0.5:8000", "--release", "0.7.1", "--preset", "pubmed_32", ...more],
  );

test("export verl: the task of the library, the numbers of a script, the keys of a version", async () => {
  const folder = temporaryFolder();
  const { exit, out, err } = await asked(folder, "--algorithm", "grpo", "--lora", "8", "--seed", "5", "--json");
  assert.equal([exit, err], [0, ""]);
  const { rows, files, arguments: words } = JSON.parse(out);
  assert.is(readFileSync(files.train, "utf8").trimEnd().split("\n").length, rows.train);
  for (const word of [
    `reward.custom_reward_function.path=${folder}/reward_shim.py`,
    "algorithm.adv_estimator=grpo",
    "actor_rollout_ref.model.path=meta-llama/Llama-3.2-3B-Instruct",
    "actor_rollout_ref.model.lora_rank=8",
    "data.seed=5",
  ])
    assert.ok(words.includes(word), word);
  const [row] = readFileSync(files.validation, "utf8").split("\n");
  assert.equal(
    JSON.parse(row!)
      .prompt.map(({ role }: { role: string }) => role)
      .at(-1),
    "user",
  );
  assert.match((await asked(folder)).out, `start: bash ${join(folder, "run.sh")}`);
});

test("export verl: a version that is not supported is named, with those that are", async () => {
  const folder = temporaryFolder();
  const { exit, err } = await asked(folder, "--release", "0.5");
  assert.is(exit, 1);
  assert.match(err, /version is "0\.5".*Supported: 0\.7, .*0\.10/);
  const { exit: misused, err: said } = await commandLine("export", "verl");
  assert.equal([misused, /Which task\? Give --task NAME/.test(said)], [2, true]);
});

test.run();
