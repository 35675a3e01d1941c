import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as tlsServer } from "node:https";
import { execFileSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ray } from "../../../lib/scaling/ray/ray";
import type { RayCommand } from "../../../lib/scaling/ray/settings";
import { fakeRay, jobJson, nodesJson } from "./fake-ray";

const quick = { pollSeconds: 0.01, attempts: 1, patienceSeconds: 5 };
const folder = (): string => mkdtempSync(join(tmpdir(), "deepretrieval-ray-"));

/** Fails unless the promise is rejected with an error of this name whose message matches. */
async function fails(promise: Promise<unknown>, name: string, pattern: RegExp): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    assert.is((error as Error).name, name, String(error));
    assert.match((error as Error).message, pattern);
    return error as Record<string, unknown>;
  }
  throw new Error(`no ${name}`);
}

test("an address is checked before anything is sent; paths, slashes and IPv6 are kept or taken off", () => {
  assert.is(ray("http://10.0.0.5:8265/").url, "http://10.0.0.5:8265");
  assert.is(ray("https://proxy.example/ray//").url, "https://proxy.example/ray");
  assert.is(ray("http://[::1]:8265").url, "http://[::1]:8265");
  for (const [url, pattern] of [
    ["10.0.0.5:8265", /no address that begins with http.*like "http:\/\/10/],
    ["localhost:8265", /no address that begins/],
    ["ray://10.0.0.5:10001", /Ray Client, which takes no jobs/],
    ["http://", /no address/],
    ["http://user:pw@host", /login or parameters/],
    ["http://host?token=1", /login or parameters/],
  ] as const)
    assert.throws(() => ray(url), pattern);
  assert.throws(() => ray("http://host", { token: "a\nb" }), /characters that no token has/);
  assert.throws(() => ray("http://host", { pollSeconds: 0 }), /pollSeconds is 0/);
  assert.throws(() => ray("http://host", { ca: "nothing.pem" }), /no such file/);
  assert.throws(() => ray("http://host", { tokn: "x" } as object), /unknown setting "tokn".*token/);
});

test("a dashboard below a path of a proxy is asked there, for the log too", async () => {
  const server = await fakeRay(
    ({ path }) =>
      path === "/ray/api/version"
        ? { body: { version: "4", ray_version: "2.58.0" } }
        : path === "/ray/api/jobs/j"
          ? { body: jobJson("j", "SUCCEEDED") }
          : path === "/ray/api/jobs/j/logs"
            ? { body: { logs: "step:1 - a:1\n" } }
            : undefined,
    () => undefined,
  );
  const job = await ray(`${server.url}/ray/`, quick).attach("j");
  const steps = [];
  for await (const step of job) steps.push(step);
  assert.is(steps.length, 1);
  await server.close();
});

test("a server that is not there, is not Ray, or is not supported is named, with what to do", async () => {
  const gone = await fakeRay(() => undefined);
  await gone.close();
  const error = await fails(ray(gone.url, quick).version(), "SearchUnavailable", /ECONNREFUSED.*after 1 attempt/);
  assert.is(error["outage"], "network");
  const cases: readonly (readonly [object, string, RegExp, string?])[] = [
    [{ status: 401, body: "Unauthorized" }, "SearchUnavailable", /wants a token: pass \{ token \}/, "refused"],
    [{ status: 403, body: "Forbidden" }, "SearchUnavailable", /token is not the cluster's/, "refused"],
    [
      { type: "text/html", body: "<html><title>Sign in</title>" },
      "SearchUnavailable",
      /page of HTML \("Sign in"\) in place of JSON/,
      "reply",
    ],
    [{ status: 302, headers: { location: "/login" } }, "SearchUnavailable", /redirect to \/login/, "reply"],
    [{ status: 404, body: "x" }, "SearchUnavailable", /no Ray dashboard at .*port 8265/, "reply"],
    [{ body: "hello" }, "SearchUnavailable", /not JSON: "hello"/, "reply"],
    [{ status: 503, body: "busy" }, "SearchUnavailable", /HTTP 503: busy/, "server"],
    [{ body: { version: "3", ray_version: "1.13.0" } }, "RangeError", /is Ray 1\.13\.0.*Supported: Ray 2/],
    [{ body: { version: "5", ray_version: "3.0.0" } }, "RangeError", /is Ray 3\.0\.0 with version 5/],
  ];
  for (const [reply, name, pattern, outage] of cases) {
    const server = await fakeRay(() => reply);
    const thrown = await fails(ray(server.url, quick).submit({ entrypoint: "true" }), name, pattern);
    if (outage) assert.is(thrown["outage"], outage);
    assert.not.ok(server.requests.some(({ method }) => method !== "GET"));
    await server.close();
  }
});

test("a token is sent as a bearer and stands in no error", async () => {
  const server = await fakeRay(({ headers }) => ({ status: 403, body: `no: ${String(headers["authorization"])}` }));
  const { message } = (await fails(
    ray(server.url, { ...quick, token: "secret-token-1" }).version(),
    "SearchUnavailable",
    /Forbidden|403/,
  )) as { message?: string };
  assert.not.match(String(message), /secret-token-1/);
  assert.is(server.requests[0]!.headers["authorization"], "Bearer secret-token-1");
  await server.close();
});

test("a certificate that is not known is refused, and taken with { ca }; TLS to plain HTTP is named", async () => {
  const at = folder();
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(at, name)) as [string, string];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  try {
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...subject],
      {
        stdio: "ignore",
      },
    );
  } catch {
    return; // no openssl here: the refusal needs a certificate
  }
  const server = tlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
    response.end('{"version":"4","ray_version":"2.58.0"}'),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await fails(ray(url, quick).version(), "SearchUnavailable", /Pass \{ ca: "FILE\.pem" \}/);
  assert.is(await ray(url, { ...quick, ca: cert }).version(), "2.58.0");
  server.closeAllConnections();
  server.close();
  const plain = await fakeRay(() => undefined);
  const secure = plain.url.replace("http:", "https:");
  await fails(ray(secure, quick).version(), "SearchUnavailable", /does not speak TLS there\. Try http:/);
  await plain.close();
});

/** A cluster that takes every job. */
const taking = () =>
  fakeRay(({ method, path, body }) => {
    if (path.startsWith("/api/packages/")) return { status: method === "GET" ? 404 : 200 };
    if (path === "/api/jobs/" && method === "POST")
      return { body: { submission_id: JSON.parse(body.toString()).submission_id } };
    return undefined;
  });

test("what a job may not be is refused before anything is sent", async () => {
  const server = await taking();
  const cluster = ray(server.url, { ...quick, packageMegabytes: 0.01 });
  const empty = folder();
  mkdirSync(join(empty, "__pycache__"));
  writeFileSync(join(empty, "__pycache__/a.pyc"), "x");
  const large = folder();
  writeFileSync(join(large, "weights.bin"), Buffer.alloc(20_000));
  writeFileSync(join(large, "a.py"), "pass");
  const wrong: readonly (readonly [object, object, string, RegExp])[] = [
    [{ entrypoint: "true" }, { id: "a/b" }, "RangeError", /id is "a\/b"; it must have letters/],
    [{ entrypoint: "true" }, { id: "" }, "TypeError", /id is ""/],
    [{ entrypoint: "true" }, { id: "x".repeat(201) }, "RangeError", /at most 200/],
    [{ entrypoint: " " }, {}, "TypeError", /entrypoint is " "/],
    [{ command: "true" }, {}, "TypeError", /unknown setting "command"/],
    [{}, {}, "TypeError", /pass an export of verlExport/],
    [{ entrypoint: "true", metadata: { n: 1 } }, {}, "TypeError", /metadata\.n is 1; Ray takes texts only/],
    [{ entrypoint: "true", env: { n: true } }, {}, "TypeError", /env\.n is true/],
    [{ entrypoint: "true", gpus: -1 }, {}, "RangeError", /gpus is -1/],
    [{ entrypoint: "true", workingDir: empty }, {}, "RangeError", /holds no file that would be sent/],
    [{ entrypoint: "true", workingDir: join(empty, "no") }, {}, "RangeError", /which is no folder/],
    [{ entrypoint: "true", workingDir: large }, {}, "RangeError", /Largest: weights\.bin 0\.02 MiB, a\.py/],
  ];
  for (const [job, options, name, pattern] of wrong)
    await fails(cluster.submit(job as RayCommand, options), name, pattern);
  assert.not.ok(server.requests.some(({ method }) => method !== "GET"));
  await cluster.submit({ entrypoint: "true", workingDir: large, exclude: ["*.bin"] });
  assert.is(server.requests.filter(({ method }) => method === "PUT").length, 1);
  await server.close();
});

test("the same files make the same package, whenever they were written", async () => {
  const server = await taking();
  for (let i = 0; i < 2; i++) {
    const at = folder();
    writeFileSync(join(at, "a.py"), "print(1)");
    await ray(server.url, quick).submit({ entrypoint: "python3 a.py", workingDir: at });
  }
  const puts = server.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
  assert.is(new Set(puts).size, 1);
  await server.close();
});

test("a submission whose reply is lost is sent again and makes one job; another's id is refused", async () => {
  let [posts, metadata] = [0, {}];
  const server = await fakeRay(({ method, path, body }) => {
    if (method === "POST") {
      if (posts++ === 0) return ((metadata = JSON.parse(body.toString()).metadata), "drop");
      return { status: 500, body: "ValueError: Job with submission_id mine already exists." };
    }
    return path === "/api/jobs/mine" ? { body: jobJson("mine", "RUNNING", { metadata }) } : undefined;
  });
  const cluster = ray(server.url, { ...quick, attempts: 3 });
  assert.is((await cluster.submit({ entrypoint: "true" }, { id: "mine" })).id, "mine");
  assert.is(posts, 2);
  metadata = { deepretrieval_submission: "another" };
  await fails(cluster.submit({ entrypoint: "true" }, { id: "mine" }), "RangeError", /which is RUNNING\. Follow it/);
  await server.close();
});

test("a kernel that starts again finds the job by its folder; no token is written there", async () => {
  const at = folder();
  const server = await fakeRay(({ method, path }) =>
    method === "POST"
      ? { body: { submission_id: "j1" } }
      : path === "/api/jobs/j1"
        ? { body: jobJson("j1", "RUNNING", { metadata: { deepretrieval_steps: "40" } }) }
        : undefined,
  );
  const cluster = ray(server.url, { ...quick, token: "secret-token-1" });
  await cluster.submit({ entrypoint: "true" }, { id: "j1", folder: at });
  assert.not.match(readFileSync(join(at, "ray.json"), "utf8"), /secret/);
  const job = await ray(`${server.url}/`, quick).attach({ folder: at });
  assert.equal([job.id, job.total], ["j1", 40]);
  await fails(ray("http://127.0.0.1:1", quick).attach({ folder: at }), "RangeError", /was submitted to http/);
  await fails(cluster.attach({ folder: folder() }), "RangeError", /no job was submitted from/);
  writeFileSync(join(at, "ray.json"), "{");
  await fails(cluster.attach({ folder: at }), "CorruptData", /ray\.json.*Attach by the id/);
  await server.close();
});

test("a job that does not start is given up with what no node has; nodes that are busy are said to be", async () => {
  let nodes = nodesJson({ CPU: 8 }, { CPU: 4, GPU: 1 });
  const server = await fakeRay(({ path }) =>
    path.startsWith("/api/v0/nodes")
      ? { body: nodes }
      : path === "/api/jobs/j"
        ? // the cluster's clock is years behind: it plays no part
          { body: jobJson("j", "PENDING", { start_time: 1, metadata: { deepretrieval_resources: '{"GPU":2}' } }) }
        : undefined,
  );
  const job = await ray(server.url, { ...quick, startSeconds: 0.05 }).attach("j");
  const error = await fails(
    job.ended(),
    "JobFailed",
    /asks for 2 GPU, and no node has more than 1.*2 nodes have 12 CPU/,
  );
  assert.is(error["why"], "not started");
  nodes = nodesJson({ CPU: 8, GPU: 2 });
  await fails(job.ended(), "JobFailed", /2 GPU, which a node has, so they are in use/);
  await server.close();
});

test.run();
