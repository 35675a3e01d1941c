import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { listen } from "../../lib/serving/http/listen";
import { besides, pythonWith } from "../bench/python";
import { temporaryFolder } from "../fixtures";
import { completion, smallServer, turn } from "../serving/wires/reward-server";
import { skip } from "../skip";

const log = (line: string): void => console.log(line);
const trainers = pythonWith("trl", ["trl==1.16.0", "torch==2.15.0", "openenv==0.10.0", "datasets"], log);
const nemoGym = pythonWith("nemo-gym", ["nemo-gym==0.4.0"], log, ["python3.12", "python3.13"]);

const run = async (python: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const options = { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(python, [...args], options);
  return stdout.trim();
};

const lastLine = (text: string) => JSON.parse(text.split("\n").at(-1)!);

/** What a client of reward_clients.py says of a server of its own. */
async function client(python: string, name: string, { down = false, thought = true, env = {} } = {}) {
  const { app, mood } = await smallServer();
  const { url, close } = await listen(app, { port: 0 });
  mood.now = down ? "down" : "up";
  const [good, bad] = ["good", "bad"].map(thought ? completion : turn) as [string, string];
  try {
    return lastLine(await run(python, [join(__dirname, "reward_clients.py"), name, url, good, bad], env));
  } finally {
    await close();
  }
}

test("OpenEnv's generic client: reset, step, state, a refused step, and an outage", async () => {
  if (!trainers) return skip("no TRL and OpenEnv");
  const { seen, problem, prompt } = await client(trainers, "openenv");
  assert.equal(seen.slice(0, 3), [
    [false, 6, true, "scored"],
    [false, -2.5, true, "scored"],
    [false, -4, true, "malformed"],
  ]);
  assert.match(seen[3], /the episode is over: send a reset before the next step \(code: EXECUTION_ERROR\)/);
  assert.equal([problem, /<think>$/.test(prompt)], ["p1", true]);
  assert.equal(await client(trainers, "openenv_outage", { down: true }), [null, true, "outage"]);
});

test("openenv validate --url passes", async () => {
  if (!trainers) return skip("no TRL and OpenEnv");
  const { app } = await smallServer();
  const { url, close } = await listen(app, { port: 0 });
  const report = JSON.parse(await run(join(trainers, "../openenv"), ["validate", "--url", url, "--json"]));
  assert.equal([report.passed, report.summary.failed_criteria, report.mode], [true, [], "simulation"]);
  await close();
});

test(
  "NeMo Gym's client: a session by cookie, a tool, rewards, statistics, and the failure class of an " + "outage",
  async () => {
    if (!nemoGym) return skip("no NeMo Gym, which needs Python 3.12");
    assert.equal(await client(nemoGym, "nemo_gym", { thought: false }), {
      rows: [
        [["d1"], 6],
        [["d1"], -2.5],
        [["d1"], -4],
      ],
      mean: -0.5 / 3,
    });
    const { rows, mean } = await client(nemoGym, "nemo_gym", { thought: false, down: true });
    assert.equal([rows[0], rows[1], mean], [[503, "transient"], [503, "transient"], -4]);
  },
);

test("OpenRLHF's executor: rewards and scores, and after its five tries no reward for an outage", async () => {
  if (!nemoGym) return skip("no Python 3.12 with aiohttp");
  const package_ = besides(nemoGym, "openrlhf==0.11.2", "openrlhf", log);
  if (!package_) return skip("no OpenRLHF");
  const env = { PYTHONPATH: package_ };
  assert.equal(await client(nemoGym, "openrlhf", { env }), [
    [[6], [1]],
    [[-2.5], [0]],
    [[-4], [0]],
  ]);
  const down = await client(nemoGym, "openrlhf", { down: true, env });
  assert.match(down[0], /Request error for 5 times/);
  assert.equal(down[2], [[-4], [0]]);
});

test("TRL trains two steps of GRPO on the reward server", async () => {
  if (!trainers) return skip("no TRL");
  const { app } = await smallServer();
  const { url, close } = await listen(app, { port: 0 });
  const env = { TRL_EXPERIMENTAL_SILENCE: "1", CUDA_VISIBLE_DEVICES: "", HF_HUB_OFFLINE: "1" };
  const result = lastLine(await run(trainers, [join(__dirname, "reward_trl.py"), url, temporaryFolder()], env));
  assert.equal([result.steps, result.logged], [2, [-4, -4]], "a random model writes no answer");
  assert.equal(result.rewards, Array(result.rewards.length).fill(-4));
  assert.ok(result.rewards.length >= 8);
  await close();
});

test.run();
