import { test } from "uvu";
import * as assert from "uvu/assert";
import { unzipSync } from "fflate";
import { ray } from "../../../lib/scaling/ray/ray";
import { sharedJson } from "../../fixtures";
import { fakeRay, type FakeAnswer } from "./fake-ray";
import { unexpected } from "../../unexpected";

/** One recorded reply of Ray 2.58.0. */
interface Recorded {
  readonly label: string;
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  readonly frames?: readonly { readonly t: string; readonly v: unknown }[];
}

const recorded = (sharedJson("golden/ray_jobs_exchange.json") ?? []) as readonly Recorded[];
const said = (label: string) => {
  const { status, contentType, body } = recorded.find((each) => each.label === label)!;
  return { status, ...(contentType !== undefined && { type: contentType }), body: body ?? "" };
};
const id = "dr-test-1795451967796";
const quick = { pollSeconds: 0.02, attempts: 1 };

/** Answers as Ray answered: writes of browsers are refused, and so is a path without its slash. */
const asRecorded =
  (states: Readonly<Record<string, string>>, taken: { packages: number; jobs: number }): FakeAnswer =>
  ({ method, path, headers }) => {
    if (method !== "GET" && headers["sec-fetch-mode"]) return said("global fetch POST /api/jobs/");
    if (/^\/api\/packages\/gcs\/_ray_pkg_[0-9a-f]{16}\.zip$/.test(path)) {
      if (method === "PUT") return (taken.packages++, said("PUT package"));
      return said(taken.packages > 0 ? "GET package (present)" : "GET package (absent)");
    }
    if (path === "/api/jobs" && method === "POST") return said("http POST /api/jobs (no slash)");
    if (path === "/api/jobs/" && method === "POST")
      return said(taken.jobs++ > 0 ? "POST submit duplicate id" : "POST submit");
    const [, job, rest = ""] = /^\/api\/jobs\/([^/?]+)(\/.*)?$/.exec(path) ?? [];
    if (job === undefined) return undefined;
    if (method === "DELETE") return said("DELETE");
    if (rest === "/stop") return said(states[job] === "GET stopped status" ? "POST stop again" : "POST stop");
    if (rest === "/logs") return said("GET logs");
    return said(states[job] ?? "GET nonexist");
  };

test("Ray 2.58.0 as it was recorded: submit, package, follow, state, stop, delete, a job that failed", async () => {
  if (recorded.length === 0) return assert.is(recorded.length, 0);
  const frames = recorded
    .find(({ label }) => label === "WS tail frames")!
    .frames!.flatMap(({ t, v }): (string | number)[] =>
      t === "text" ? [v as string] : t === "close" ? [v as number] : [],
    );
  const taken = { packages: 0, jobs: 0 };
  const failed = "raysubmit_BXJ2ZbQ6Ke4JD2ND";
  const stopped = "raysubmit_NarRmqvrKgJJAF1e";
  const states = { [id]: "GET status", [failed]: "GET failed status", [stopped]: "GET stopped status" };
  let asked = 0;
  const answer = asRecorded(states, taken);
  const server = await fakeRay(
    (request) => {
      const reply = answer(request);
      // the job runs at the first look, and has ended at the second
      if (request.path !== `/api/jobs/${id}` || !reply || reply === "drop" || asked++ > 0) return reply;
      return { ...reply, body: String(reply.body).replace('"SUCCEEDED"', '"RUNNING"') };
    },
    () => frames,
  );
  const cluster = ray(server.url, quick);
  try {
    const command = { entrypoint: "python3 hello.py", env: { FOO: "bar" }, workingDir: "test/scaling/ray" };
    const job = await cluster.submit(command, { id });
    const sent = server.requests.find(({ method }) => method === "POST")!;
    const body = JSON.parse(sent.body.toString());
    assert.match(body.runtime_env.working_dir, /^gcs:\/\/_ray_pkg_[0-9a-f]{16}\.zip$/);
    assert.equal([body.entrypoint, body.submission_id], ["python3 hello.py", id]);
    assert.equal(body.runtime_env.env_vars, { FOO: "bar" });
    const put = server.requests.find(({ method }) => method === "PUT")!;
    assert.ok("golden.test.ts" in unzipSync(new Uint8Array(put.body)));

    const lines: string[] = [];
    const rewards = [];
    for await (const step of job.follow({ onLine: (line) => lines.push(line) }))
      rewards.push([step.step, step["critic/rewards/mean"]]);
    assert.equal(
      rewards,
      [0, 1, 2, 3, 4].map((step) => [step, step / 10]),
    );
    assert.match(lines[2]!, /^hello from working_dir .* bar$/);
    assert.is(lines.length, 8); // each once, though the log was read again at the end

    await cluster.submit(command, { id }).then(unexpected, (error) => {
      assert.is(error.name, "RangeError");
      assert.match(error.message, /has a job of that id, which is SUCCEEDED.*attach\("dr-test/);
    });
    const bad = await cluster.attach(failed);
    await bad.ended().then(unexpected, (error) => {
      assert.equal([error.name, error.why, error.exitCode], ["JobFailed", "failed", 3]);
      assert.match(error.message, /exit code 3/);
    });
    const info = await (await cluster.attach(stopped)).stop();
    assert.equal([info.state, info.message], ["STOPPED", "Job was intentionally stopped."]);
    await cluster.attach("nope").then(unexpected, (error) => {
      assert.equal([error.name, error.why], ["JobFailed", "lost"]);
    });
  } finally {
    await server.close();
  }
});

test("a request of this client has no header of a browser, which Ray would refuse", async () => {
  const server = await fakeRay(() => ({ status: 200, body: "" }));
  await ray(server.url, quick)
    .version()
    .catch(() => undefined);
  for (const { headers } of server.requests)
    for (const name of ["sec-fetch-mode", "sec-fetch-site", "origin", "referer", "user-agent"])
      assert.is(headers[name], undefined, name);
  assert.is(server.requests.length, 1);
  await server.close();
});

test.run();
