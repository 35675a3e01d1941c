import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lineReader } from "../../../lib/scaling/ray/log/lines";
import { stepReader } from "../../../lib/scaling/ray/log/metrics";
import { ray } from "../../../lib/scaling/ray/ray";
import { readVerlMetrics } from "../../../lib/scaling/ray/verl/fetched";
import { watch } from "../../../lib/notebook/live/watch";
import { fakeRay, type FakeTail, jobJson } from "./fake-ray";
import { unexpected } from "../../unexpected";

const quick = { pollSeconds: 0.01, attempts: 1, patienceSeconds: 10 };
const line = (step: number): string => `step:${step} - critic/score/mean:${step / 2}\n`;

/** A cluster with one job, "j", whose states come one after the other; the last one stays. */
const oneJob = (
  states: readonly (readonly [state: string, more?: object])[],
  log: () => string | Uint8Array | undefined,
  tail: FakeTail,
  port = 0,
) => {
  let asked = 0;
  return fakeRay(
    ({ path }) => {
      if (path === "/api/jobs/j") {
        const [state, more] = states[Math.min(asked++, states.length - 1)]!;
        return state === "" ? undefined : { body: jobJson("j", state, more) };
      }
      const text = log();
      if (path.startsWith("/api/v0/logs/file")) return text === undefined ? { status: 500 } : { body: text };
      if (path === "/api/jobs/j/logs")
        return typeof text === "string"
          ? { body: { logs: text } }
          : { status: 500, body: "Traceback\nUnicodeDecodeError" };
      return undefined;
    },
    tail,
    { port },
  );
};

test("a tail that breaks is taken up again where it was, though the server begins at the start", async () => {
  const whole = [1, 2, 3, 4].map(line).join("");
  const server = await oneJob(
    [["RUNNING"], ["RUNNING"], ["RUNNING"], ["RUNNING"], ["SUCCEEDED"]],
    () => whole,
    // it breaks within a line, then after three lines; at last all is there
    (_, connection) => [[whole.slice(0, 40)], [line(1), line(2) + line(3)], [whole, 1000]][connection - 1],
  );
  const lines: string[] = [];
  const steps = [];
  const job = await ray(server.url, quick).attach("j");
  for await (const { step } of job.follow({ onLine: (text) => lines.push(text) })) steps.push(step);
  assert.equal(steps, [1, 2, 3, 4]);
  assert.is(lines.join("\n"), whole.trimEnd());
  await server.close();
});

test("without WebSockets, and where a line is not UTF-8, the log is read whole and lines come once", async () => {
  const bytes = Buffer.concat([Buffer.from(line(1)), Buffer.from([0xff, 0xfe, 10]), Buffer.from(`${line(2)}last`)]);
  const node = { driver_node_id: "n0" };
  for (const tail of [() => undefined, () => [line(1), 1000]] as readonly FakeTail[]) {
    const states = Array.from({ length: 6 }, () => ["RUNNING", node] as const);
    const server = await oneJob([...states, ["SUCCEEDED", node]], () => bytes, tail);
    const lines: string[] = [];
    const steps = [];
    const job = await ray(server.url, quick).attach("j");
    for await (const { step } of job.follow({ onLine: (text) => lines.push(text) })) steps.push(step);
    assert.equal(steps, [1, 2]);
    assert.equal(lines.slice(1, 2).concat(lines.slice(3)), ["\ufffd\ufffd", "last"]);
    await server.close();
  }
});

test("a server that goes away is waited for; one that forgot the job says that it is lost", async () => {
  const server = await oneJob(
    [["RUNNING"]],
    () => line(1),
    () => [line(1)],
  );
  const { port } = new URL(server.url);
  const job = await ray(server.url, quick).attach("j");
  const steps: number[] = [];
  let back: Awaited<ReturnType<typeof oneJob>> | undefined;
  for await (const { step } of job) {
    steps.push(step);
    if (step > 1) continue;
    await server.close();
    setTimeout(async () => {
      back = await oneJob(
        [["SUCCEEDED"]],
        () => line(1) + line(2),
        () => undefined,
        Number(port),
      );
    }, 300);
  }
  assert.equal(steps, [1, 2]);
  await back!.close();
  const forgot = await oneJob(
    [["RUNNING"], ["RUNNING"], [""]],
    () => "",
    () => [1000],
  );
  const deleted = await ray(forgot.url, quick).attach("j");
  await deleted.ended().then(unexpected, ({ name, why, message }) => {
    assert.equal([name, why], ["JobFailed", "lost"]);
    assert.match(message, /was deleted, or the head node was started again/);
  });
  await forgot.close();
});

test("a server that stays away is given up after its patience, with its address", async () => {
  const server = await oneJob(
    [["RUNNING"]],
    () => "",
    () => [1000],
  );
  const job = await ray(server.url, { ...quick, patienceSeconds: 0.2 }).attach("j");
  await server.close();
  await job.ended().then(unexpected, ({ name, outage, message }) => {
    assert.equal([name, outage], ["SearchUnavailable", "network"]);
    assert.match(message, /127\.0\.0\.1:\d+ did not answer/);
  });
});

test("a job that failed: exit code, error and last lines, or Ray's message; a stopped one is none", async () => {
  const twenty = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join("");
  const failed = await oneJob(
    [["FAILED", { driver_exit_code: 137 }]],
    () => twenty,
    () => undefined,
  );
  await (await ray(failed.url, quick).attach("j")).ended().then(unexpected, (error) => {
    assert.equal([error.exitCode, error.lastLines.length, error.lastLines[9]], [137, 10, "line 19"]);
    assert.match(error.message, /ended with exit code 137/);
  });
  await failed.close();
  const explained = `ray.exceptions.ActorDiedError: The actor died.\n${twenty}`;
  const died = await oneJob(
    [["FAILED", { driver_exit_code: 1 }]],
    () => explained,
    () => undefined,
  );
  await (await ray(died.url, quick).attach("j")).ended().then(unexpected, ({ message }) => {
    assert.match(
      message,
      /exit code 1\. ray\.exceptions\.ActorDiedError: The actor died\.\nThe end of its log:\nline 10/,
    );
  });
  await died.close();
  const never = await oneJob(
    [["FAILED", { message: "runtime_env setup failed:\npip" }]],
    () => undefined,
    () => undefined,
  );
  await (await ray(never.url, quick).attach("j")).ended().then(unexpected, ({ message, exitCode }) => {
    assert.match(message, /failed: runtime_env setup failed:/);
    assert.is(exitCode, undefined);
  });
  await never.close();
  const stopped = await oneJob(
    [["STOPPED"]],
    () => line(1),
    () => undefined,
  );
  assert.is((await (await ray(stopped.url, quick).attach("j")).ended()).state, "STOPPED");
  await stopped.close();
});

test("watch(job): rows and summary of a run here; to stop looking ends at once and leaves the job alone", async () => {
  const server = await oneJob(
    [["RUNNING", { metadata: { deepretrieval_steps: "4" } }]],
    () => "",
    (_, n) => (n === 1 ? [line(1) + line(2)] : []),
  );
  const job = await ray(server.url, { ...quick, pollSeconds: 5 }).attach("j");
  setTimeout(() => void process.emit("SIGINT"), 600);
  const began = performance.now();
  const steps = await watch(job);
  assert.ok(performance.now() - began < 4000, "it waited for a step");
  assert.equal(
    steps.map((step) => [step.step, step["reward/mean"]]),
    [
      [1, 0.5],
      [2, 1],
    ],
  );
  assert.not.ok(server.requests.some(({ method }) => method === "POST"));
  await server.close();
});

test("an AbortSignal ends following with Interrupted", async () => {
  const server = await oneJob(
    [["RUNNING"]],
    () => "",
    () => [],
  );
  const job = await ray(server.url, { ...quick, pollSeconds: 1 }).attach("j");
  await job.ended({ signal: AbortSignal.timeout(100) }).then(unexpected, ({ name }) => {
    assert.is(name, "Interrupted");
  });
  await server.close();
});

test("ten megabytes of log, one line of them, come in a few seconds", () => {
  const read = lineReader();
  const began = performance.now();
  const piece = "x".repeat(1000);
  for (let i = 0; i < 10_000; i++) assert.is(read(piece).length, 0);
  assert.is(read("\nrest")[0]!.length, 10_000_000);
  assert.equal(read("", true), ["rest"]);
  assert.ok(performance.now() - began < 3000);
});

test("verl's lines as a run here has them: names, numpy's numbers, colours, names of processes", () => {
  const read = stepReader();
  const bare = lineReader();
  const [printed] = bare(
    "\u001b[36m(TaskRunner pid=12, ip=10.0.0.7)\u001b[0m step:3 - critic/score/mean:np.float64(-1.5) - " +
      "actor/reward_kl_penalty:2e-3 - actor/entropy:nan - val-core/deepretrieval: a - b/reward/mean@1:2\n",
  );
  const step = read(printed!)!;
  assert.equal(
    [step.step, step["reward/mean"], step["critic/kl"], step["training/global_step"], "actor/entropy" in step],
    [3, -1.5, 0.002, 3, false],
  );
  assert.is(read(printed!), undefined); // the same step once more
  assert.is(read("step: by step"), undefined);
  assert.is(read('{"step": 4, "data": {"critic/score/mean": 0.1}}')!["reward/mean"], 0.1);
  assert.is(read("::deepretrieval:: {broken"), undefined);
  read('::deepretrieval:: {"kind": "metrics"}');
  assert.is(read("step:5 - a:1"), undefined); // the file has it with all digits
  const exact = read(
    '::deepretrieval:: {"step": 5, "data": {"a": 0.30000000000000004, "val-aux/t/R@50/mean@1": 0.5}}',
  )!;
  assert.equal([exact["a"], exact["val-core/t/R@50/mean@1"]], [0.30000000000000004, 0.5]);
});

test("a file of verl's logger that was cut off gives its whole rows", () => {
  const rows = [1, 2].map((step) => `{"step":${step},"data":{"critic/score/mean":${step}}}\n`).join("");
  assert.equal(
    readVerlMetrics(`${rows}{"step":3,"da`).map(({ step }) => step),
    [1, 2],
  );
  assert.equal(readVerlMetrics(""), []);
});

test("files come back whole, by their checksums; what is here stays; names stay in their folder", async () => {
  const weights = Buffer.from("weights".repeat(1000));
  const metrics = Buffer.from('{"step":1,"data":{"critic/score/mean":0.25}}\n');
  const about = (path: string, data: Buffer, link: string) => ({
    kind: "file",
    path,
    bytes: data.length,
    sha256: createHash("sha256").update(data).digest("hex"),
    link,
  });
  let offered: object[] = [];
  let sent = weights;
  const server = await fakeRay(({ method, path }) => {
    if (path.startsWith("/api/packages/")) return { status: 200 };
    if (method === "POST") return { body: { submission_id: "x" } };
    if (method === "DELETE") return { body: { deleted: true } };
    if (path === "/api/jobs/run") {
      const metadata = { deepretrieval_folder: "/mnt/run" };
      return { body: jobJson("run", "SUCCEEDED", { metadata }) };
    }
    if (path.includes("job-driver-"))
      return { body: offered.map((each) => `::deepretrieval:: ${JSON.stringify(each)}\n`).join("") };
    if (path.includes("filename=a%2F0")) return { body: metrics };
    if (path.includes("filename=a%2F1")) return { body: sent };
    if (/^\/api\/jobs\/deepretrieval-files-\w+$/.test(path))
      return { body: jobJson("files", "SUCCEEDED", { driver_node_id: "n0" }) };
    return undefined;
  });
  const into = mkdtempSync(join(tmpdir(), "deepretrieval-back-"));
  const cluster = ray(server.url, quick);
  const job = await cluster.attach("run");
  const files = [about("metrics/a.jsonl", metrics, "a/0"), about("checkpoint/model.safetensors", weights, "a/1")];
  const over = { kind: "over", step: 7, files: 2 };
  offered = [...files, over];
  const back = await cluster.fetch(job, { into });
  assert.equal([back.step, back.checkpoint], [7, join(into, "checkpoint")]);
  assert.equal(
    back.history.map((step) => step["reward/mean"]),
    [0.25],
  );
  assert.equal(readFileSync(join(into, "checkpoint/model.safetensors")), weights);
  const downloads = () => server.requests.filter(({ path }) => path.includes("filename=a%2F")).length;
  const before = downloads();
  await cluster.fetch(job, { into });
  assert.is(downloads(), before); // nothing twice
  writeFileSync(join(into, "checkpoint/model.safetensors"), "half");
  sent = weights.subarray(0, 100);
  await cluster.fetch(job, { into }).then(unexpected, ({ name, message }) => {
    assert.is(name, "SearchUnavailable");
    assert.match(message, /100 bytes came of 7000/);
  });
  assert.is(readFileSync(join(into, "checkpoint/model.safetensors"), "utf8"), "half");
  offered = [files[0]!, over];
  await cluster.fetch(job, { into }).then(unexpected, ({ message }) => assert.match(message, /not complete/));
  offered = [about("checkpoint/../../x", weights, "a/1"), { ...over, files: 1 }];
  await cluster.fetch(job, { into }).then(unexpected, ({ message }) => assert.match(message, /no place here/));
  await server.close();
});

test.run();
