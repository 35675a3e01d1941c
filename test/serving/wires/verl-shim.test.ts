import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { listen } from "../../../lib/serving/http/listen";
import { verlShim } from "../../../lib/serving/wires/verl-shim";
import { temporaryFolder } from "../../fixtures";
import { loopback } from "../../search/remote/loopback";
import { skip } from "../../skip";
import { smallServer, turn } from "./reward-server";

const python = spawnSync("python3", ["--version"]).status === 0;

/** Runs Python that has imported the shim as `shim`, and returns what its last line says as JSON. */
async function calling(url: string, code: string): Promise<unknown> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "shim.py"), verlShim(url));
  const script = `import json, shim\ndef call(text, truth="p1", **more):
    try:
        return shim.compute_score("small", text, truth, {"index": 0}, first_pause=0.01, **more)
    except Exception as error:
        return [type(error).__name__, str(error)]
print(json.dumps(${code}))`;
  const { stdout } = await promisify(execFile)("python3", ["-c", script], { cwd: folder });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

test("verl's compute_score: a score with the same keys for every row, malformed ones too", async () => {
  if (!python) return skip("no python3");
  const { app } = await smallServer();
  const { url, close } = await listen(app, { port: 0 });
  const rows = JSON.stringify([turn("good"), turn("bad"), "no answer", `<|im_start|>assistant\n${turn("good")}`]);
  const results = (await calling(url, `[call(text) for text in ${rows}]`)) as Record<string, number>[];
  assert.equal(
    results.map(({ score }) => score),
    [6, -2.5, -4, 6],
  );
  for (const result of results) assert.equal(Object.keys(result), Object.keys(results[0]!));
  const truth = '{"target": ["d1"], "score": [1]}';
  const [one] = (await calling(url, `[call(${JSON.stringify(turn("good"))}, ${truth})]`)) as Record<string, number>[];
  assert.is(one!["score"], 6);
  await close();
});

test(
  "verl's compute_score raises for an outage after its attempts, and for a row that makes no sense at " + "once",
  async () => {
    if (!python) return skip("no python3");
    const { app, mood } = await smallServer();
    const { url, close } = await listen(app, { port: 0 });
    mood.now = "down";
    const text = JSON.stringify(turn("x"));
    const [[kind, why], [wrong, about]] = (await calling(url, `[call(${text}, attempts=1), call(${text}, "p9")]`)) as [
      [string, string],
      [string, string],
    ];
    assert.is(kind, "RewardUnavailable");
    assert.match(why, /after 1 attempts: HTTP 503: small did not answer: no connection/);
    assert.is(wrong, "ValueError");
    assert.match(about, /refuses the row: HTTP 422: .*there is no problem "p9" in small/);
    await close();
    const [[gone, refused]] = (await calling(url, `[call(${text}, attempts=2)]`)) as [[string, string]];
    assert.is(gone, "RewardUnavailable");
    assert.match(refused, /after 2 attempts: .*refused/);
  },
);

test("verl's compute_score tries again what may pass, after the time that the server asks for", async () => {
  if (!python) return skip("no python3");
  const answers: readonly (readonly [status: number, body: object])[] = [
    [503, { detail: "down" }],
    [429, { detail: "busy" }],
    [200, { score: "no number" }],
    [200, { score: 2, "R@10": 1 }],
  ];
  const server = await loopback((_, number) => {
    const [status, body] = answers[number - 1]!;
    return { status, body: JSON.stringify(body), headers: number === 1 ? { "retry-after": "1" } : {} };
  });
  assert.equal(await calling(server.base, 'call("x")'), { score: 2, "R@10": 1 });
  assert.is(server.seen.length, 4);
  assert.ok(server.seen[1]!.at - server.seen[0]!.at >= 990);
  await server.close();
});

test.run();
