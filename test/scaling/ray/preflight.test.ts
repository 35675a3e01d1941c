import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ray } from "../../../lib/scaling/ray/ray";
import { preflightRewards, preflightSamples } from "../../../lib/scaling/ray/verl/samples";
import { verlExport } from "../../../lib/scaling/verl/verl-export";
import { temporaryFolder } from "../../fixtures";
import { smallTask } from "../../serving/wires/reward-server";
import { fakeRay, jobJson } from "./fake-ray";
import { unexpected } from "../../unexpected";

const task = smallTask({ now: "up" });
const exported = verlExport(task, {
  folder: temporaryFolder(),
  clusterFolder: "/mnt/run",
  ...{ version: "0.9", algorithm: "grpo", model: "m", batchSize: 2, rewardUrl: "http://localhost:8000" },
});

/** What preflight finds where the job says these records. */
async function found(records: readonly object[]) {
  const server = await fakeRay(({ method, path }) => {
    if (path.startsWith("/api/packages/")) return { status: 200 };
    if (method === "POST") return { body: { submission_id: "p" } };
    if (method === "DELETE") return { body: { deleted: true } };
    if (path.endsWith("/logs"))
      return { body: { logs: records.map((each) => `::deepretrieval:: ${JSON.stringify(each)}\n`).join("") } };
    return /^\/api\/jobs\/deepretrieval-preflight-\w+$/.test(path) ? { body: jobJson("p", "SUCCEEDED") } : undefined;
  });
  try {
    return await ray(server.url, { pollSeconds: 0.01, attempts: 1 }).preflight(exported, task);
  } finally {
    await server.close();
  }
}

const samples = (scores: readonly number[]) =>
  scores.map((score, place) => ({ kind: "sample", place, result: { score } }));

test("eight samples, the same each time: four answers that search, and four that are wrong", async () => {
  assert.equal(
    preflightSamples(task).map(({ what }) => what),
    ["question as typed", "no tags", "question as typed", "cut off", "question as typed", "no JSON"].concat([
      "question as typed",
      "nothing",
    ]),
  );
  assert.equal(await preflightRewards(task), await preflightRewards(task));
  // recall 0 earns −3.5 + 1; an answer without its form loses 4, or 3 where only its JSON is broken
  const rewards = (await preflightRewards(task)).map(({ reward }) => reward);
  assert.equal([rewards[0], rewards[1], rewards[7]], [-2.5, -4, -4]);
});

test("rewards that are equal in every bit pass; one that differs in the last bit is told, with a reason", async () => {
  const own = (await preflightRewards(task)).map(({ reward }) => reward);
  const node = { kind: "node", address: "10.0.0.2", shared: true, result: { score: own[0] } };
  const equal = await found([...samples(own), node, { kind: "over" }]);
  assert.equal([equal.ok, equal.why], [true, []]);
  const close = own.map((reward, i) => (i === 2 ? reward - 4e-16 : reward));
  const differs = await found([...samples(close), { ...node, shared: false }, { kind: "over" }]);
  assert.is(differs.ok, false);
  assert.equal(
    differs.rows.map((row) => row.equal),
    [true, true, false, true, true, true, true, true],
  );
  assert.match(differs.why[0]!, /1 of 8 rewards differ: the server at localhost, port 8000 has another task/);
  assert.match(
    differs.why[1]!,
    /do not see \/mnt\/run: 10\.0\.0\.2\. Export with a clusterFolder that all nodes share/,
  );
  assert.match(
    inspect(differs),
    /7 of 8 rewards are equal.*\n {2}p1, question as typed: notebook -2\.5, cluster -2\.5/,
  );
});

test("no reward at all: the address, the port, and why an own address cannot be reached from there", async () => {
  const deaf = await found([
    { kind: "sample", place: 0, error: "RewardUnavailable: connection refused" },
    { kind: "over" },
  ]);
  assert.equal(
    deaf.rows.map(({ cluster }) => cluster),
    Array.from({ length: 8 }, () => undefined),
  );
  assert.match(deaf.why[0]!, /from localhost, port 8000: RewardUnavailable: connection refused.*each machine's own/);
  await found(samples([1])).then(unexpected, ({ name, message }) => {
    assert.is(name, "JobFailed");
    assert.match(message, /ended before its last line/);
  });
});

test.run();
