import { test } from "uvu";
import * as assert from "uvu/assert";
import { verlExport } from "../../lib/scaling/verl/verl-export";
import { temporaryFolder, lettersTask } from "../fixtures";
import { fakeRay, jobJson, nodesJson } from "../scaling/ray/fake-ray";
import { commandLine } from "./capture";

const log = "step:1 - critic/score/mean:0.5\nstep:2 - critic/score/mean:1\n";

/** A cluster with two GPUs that has run every job by the time that it is asked. */
const cluster = (state = "SUCCEEDED", gpus = 2) =>
  fakeRay(({ method, path, body }) => {
    if (path.startsWith("/api/packages/")) return { status: 200 };
    if (path.startsWith("/api/v0/nodes")) return { body: nodesJson({ CPU: 8, GPU: gpus }) };
    if (path === "/api/jobs/")
      return method === "POST"
        ? { body: { submission_id: JSON.parse(body.toString()).submission_id } }
        : { body: [jobJson("old", "FAILED", { start_time: 1 }), jobJson("new", state, { start_time: 2 })] };
    if (path.endsWith("/stop")) return { body: { stopped: true } };
    const [, id, rest] = /^\/api\/jobs\/([\w.-]+)(\/logs)?$/.exec(path) ?? [];
    if (rest) return { body: { logs: log } };
    return id === undefined
      ? undefined
      : { body: jobJson(id, state, { driver_exit_code: state === "FAILED" ? 2 : 0 }) };
  });

const exported = (folder: string) =>
  verlExport(lettersTask(8), {
    folder,
    ...{ version: "0.9", algorithm: "grpo", model: "m", gpus: 2, batchSize: 8, rewardUrl: "http://10.0.0.5:8000" },
  });

test("ray submit, follow, stop and list: steps and states as JSON on stdout, the log on stderr", async () => {
  const server = await cluster();
  const at = ["--address", server.url];
  const folder = temporaryFolder();
  exported(folder);
  const submitted = await commandLine("ray", "submit", folder, ...at, "--id", "run-1", "--json");
  assert.equal([submitted.exit, submitted.err], [0, ""]);
  assert.equal(JSON.parse(submitted.out), {
    id: "run-1",
    state: "SUCCEEDED",
    message: "Job is SUCCEEDED.",
    exitCode: 0,
  });
  const sent = JSON.parse(
    server.requests.find(({ path, method }) => path === "/api/jobs/" && method === "POST")!.body + "",
  );
  assert.is(sent.entrypoint, "python3 deepretrieval_job.py");
  assert.is(sent.runtime_env.env_vars.VERL_FILE_LOGGER_PATH, `${folder}/metrics/run-1.jsonl`);

  for (const which of ["run-1", folder]) {
    const followed = await commandLine("ray", "follow", which, ...at, "--json");
    assert.is(followed.exit, 0);
    const lines = followed.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(
      lines.map(({ step, state }) => step ?? state),
      [1, 2, "SUCCEEDED"],
    );
    assert.is(followed.err, log);
  }
  const plain = await commandLine("ray", "follow", "run-1", ...at);
  assert.match(plain.out, /^SUCCEEDED  run-1  Job is SUCCEEDED\.\n$/);
  assert.match((await commandLine("ray", "stop", "run-1", ...at)).out, /^SUCCEEDED {2}run-1/);
  const listed = await commandLine("ray", "list", ...at);
  assert.equal(
    listed.out
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)[1]),
    ["new", "old"],
  );
  await server.close();
});

test("ray: what is wrong is said in a line, with an exit code that tells", async () => {
  const [failed, poor] = [await cluster("FAILED"), await cluster("SUCCEEDED", 0)];
  const folder = temporaryFolder();
  exported(folder);
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [["ray", "follow", "x", "--address", failed.url], 1, /Job x failed: its command ended with exit code 2/],
    [["ray", "submit", folder, "--address", poor.url], 1, /takes 2 GPUs of 1 nodes.* has 0 GPUs.*--autoscaling/],
    [["ray", "submit", temporaryFolder(), "--address", poor.url], 1, /holds no export/],
    [["ray", "submit", "--address", poor.url], 2, /what to submit\?/],
    [["ray", "list"], 2, /Which cluster\? Give --address URL/],
    [["ray", "list", "--address", "10.0.0.5:8265"], 1, /begins with http:\/\//],
    [["ray", "list", "--address", "http://127.0.0.1:9"], 1, /Ray at 127\.0\.0\.1:9 did not answer/],
  ];
  for (const [words, exit, pattern] of cases) {
    const outcome = await commandLine(...words);
    assert.is(outcome.exit, exit, outcome.err);
    assert.match(outcome.err, pattern);
    assert.not.match(outcome.err, /\n\s+at /);
  }
  assert.is((await commandLine("ray", "submit", folder, "--address", poor.url, "--autoscaling")).exit, 0);
  await failed.close();
  await poor.close();
});

test.run();
