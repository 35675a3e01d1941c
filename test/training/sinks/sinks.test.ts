import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runOf } from "../../../lib/core/run";
import { mlflow } from "../../../lib/training/sinks/mlflow";
import type { StepFigures, Sink } from "../../../lib/training/sinks/sink";
import { tracked } from "../../../lib/training/sinks/tracked";
import { trackio } from "../../../lib/training/sinks/trackio";
import { wandb } from "../../../lib/training/sinks/wandb";

interface Request {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, never>;
}

/** A tracking server on this machine: what it is asked, and what it answers. */
async function serving(
  answer: (request: Request, n: number) => { readonly status?: number; readonly json?: object },
  use: (address: string, requests: Request[]) => Promise<void>,
): Promise<void> {
  const requests: Request[] = [];
  const server = createServer((incoming, outgoing) => {
    let text = "";
    incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
    incoming.on("end", () => {
      const body = (text === "" ? {} : JSON.parse(text)) as Request["body"];
      const request = { path: incoming.url!, headers: incoming.headers, body };
      requests.push(request);
      const { status = 200, json = {} } = answer(request, requests.length);
      outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

const steps: readonly StepFigures[] = [
  { step: 1, "reward/mean": -2.5, "reward/R@50": 0.25, "actor/entropy": NaN },
  { step: 2, "reward/mean": 6, "reward/R@50": 1 },
];
async function* runs(some: readonly StepFigures[], failing = false): AsyncGenerator<StepFigures, void, undefined> {
  yield* some;
  if (failing) throw new Error("the run failed");
}
const once = { attempts: 1 };

test("MLflow: the experiment is made where it is not there, names are made fit, the run is ended", async () => {
  const answers: Readonly<Record<string, { readonly status?: number; readonly json?: object }>> = {
    "experiments/get-by-name": { status: 404, json: { error_code: "RESOURCE_DOES_NOT_EXIST" } },
    "experiments/create": { json: { experiment_id: "7" } },
    "runs/create": { json: { run: { info: { run_id: "r1" } } } },
  };
  const nameOf = ({ path }: Request) => path.replace("/api/2.0/mlflow/", "").replace(/\?.*/, "");
  await serving(
    (request) => answers[nameOf(request)] ?? {},
    async (address, requests) => {
      const sink = mlflow(`${address}/`, { ...once, run: "first", settings: { group: 8, klKind: "k3" } });
      for await (const _ of tracked(runOf(runs(steps), 2), [sink]));
      assert.equal(requests.map(nameOf), [
        "experiments/get-by-name",
        "experiments/create",
        "runs/create",
        "runs/log-batch",
        "runs/log-batch",
        "runs/log-batch",
        "runs/update",
      ]);
      assert.match(requests[0]!.path, /\?experiment_name=deepretrieval$/);
      assert.equal((requests[2]!.body as object as { run_name: string }).run_name, "first");
      const batches = requests
        .slice(3, 6)
        .map(({ body }) => body as object as Record<string, { key: string; step: number; value: unknown }[]>);
      assert.equal(batches[0]!.params, [
        { key: "group", value: "8" },
        { key: "klKind", value: "k3" },
      ]);
      assert.equal(
        batches[1]!.metrics!.map(({ key, value, step }) => [key, value, step]),
        [
          ["reward/mean", -2.5, 1],
          ["reward/R_at_50", 0.25, 1],
        ],
      );
      assert.equal((requests[6]!.body as object as { status: string }).status, "FINISHED");
    },
  );
});

test("Weights & Biases: a run is made, its history goes on, and a failed run is marked failed", async () => {
  const made = {
    data: { upsertBucket: { bucket: { name: "abc", project: { name: "p", entity: { name: "me" } } } } },
  };
  await serving(
    ({ path }) => (path === "/graphql" ? { json: made } : {}),
    async (address, requests) => {
      const run = tracked(runOf(runs(steps, true), 2), [wandb("secret", { ...once, server: address, project: "p" })]);
      try {
        for await (const _ of run);
        assert.unreachable("the run failed");
      } catch (error) {
        assert.is((error as Error).message, "the run failed");
      }
      assert.equal(
        requests.map(({ path }) => path),
        ["/graphql", ...Array<string>(3).fill("/files/me/p/abc/file_stream")],
      );
      assert.is(requests[0]!.headers.authorization, `Basic ${Buffer.from("api:secret").toString("base64")}`);
      const second = requests[2]!.body as object as {
        files: { "wandb-history.jsonl": { offset: number; content: string[] } };
      };
      const { offset, content } = second.files["wandb-history.jsonl"];
      assert.is(offset, 1);
      assert.equal(
        { ...(JSON.parse(content[0]!) as object), _timestamp: 0 },
        {
          "reward/mean": 6,
          "reward/R@50": 1,
          _step: 2,
          _timestamp: 0,
        },
      );
      assert.equal(requests[3]!.body, { complete: true, exitcode: 1 });
    },
  );
});

test("Weights & Biases: a refused key is an error without the key in it", async () => {
  await serving(
    () => ({ status: 401, json: { errors: [{ message: "user is not logged in, key secret-key" }] } }),
    async (address) => {
      const warnings: string[] = [];
      const sink = wandb("secret-key", { ...once, server: address });
      for await (const _ of tracked(runOf(runs(steps), 2), [sink], (text) => warnings.push(text)));
      assert.is(warnings.length, 2); // that it fails, and that it never took the steps
      assert.match(warnings[0]!, /^Weights & Biases did not take the figures of the run/);
      assert.not.match(warnings.join(), /secret-key/);
      assert.match(warnings[1]!, /never took 2 steps/);
    },
  );
  assert.throws(() => wandb(""), /the key is empty. Give process.env.WANDB_API_KEY/);
});

test("trackio: steps with the write token of the address, each with an id that keeps it single", async () => {
  await serving(
    () => ({ json: { data: null } }),
    async (address, requests) => {
      const sink = trackio(`${address}/?write_token=t0`, { ...once, run: "r", settings: { group: 8 } });
      for await (const _ of tracked(runOf(runs(steps), 2), [sink]));
      assert.equal(
        requests.map(({ path }) => path),
        ["/api/bulk_log", "/api/bulk_log"],
      );
      assert.is(requests[0]!.headers["x-trackio-write-token"], "t0");
      const [log] = (requests[0]!.body as object as { logs: object[] }).logs;
      assert.equal(log, {
        project: "deepretrieval",
        run: "r",
        metrics: { "reward/mean": -2.5, "reward/R@50": 0.25 },
        step: 1,
        log_id: "r/1",
        config: { group: 8 },
      });
    },
  );
});

test("a sink that fails for a while gets its steps later, in order; others get theirs at once", async () => {
  const took: number[][] = [];
  const other: number[] = [];
  let down = true;
  const flaky: Sink = {
    name: "flaky",
    log: (some) => {
      if (down) throw new Error("HTTP 503");
      took.push(some.map(({ step }) => step!));
    },
    close: () => undefined,
  };
  const steady: Sink = {
    name: "steady",
    log: (some) => void other.push(...some.map(({ step }) => step!)),
    close: () => undefined,
  };
  const warnings: string[] = [];
  const four = [1, 2, 3, 4].map((step) => ({ step, "reward/mean": step }));
  for await (const { step } of tracked(runOf(runs(four), 4), [flaky, steady], (text) => warnings.push(text)))
    down = step! < 3;
  assert.equal(took, [[1, 2, 3, 4]]);
  assert.equal(other, [1, 2, 3, 4]);
  assert.equal(warnings, [
    "flaky did not take the figures of the run: HTTP 503. The run goes on, and they are given again later.",
  ]);
});

test("a tracked run is the run that it was: its length, its methods, and its end when it is stopped", async () => {
  const ends: string[] = [];
  const sink: Sink = { name: "s", log: () => undefined, close: (how) => void ends.push(how) };
  const run = tracked(Object.assign(runOf(runs(steps), 2), { pause: () => "paused" }), [sink]);
  assert.equal([run.total, run.label, run.pause()], [2, "step", "paused"]);
  for await (const _ of run) break;
  assert.equal(ends, ["finished"]);
  await run.return(undefined);
  assert.equal(ends, ["finished"]); // once
});

test.run();
