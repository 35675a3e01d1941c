import { test } from "uvu";
import * as assert from "uvu/assert";
import { createServer } from "../../../../lib/serving/http/server";
import { aggregateMetrics } from "../../../../lib/serving/wires/nemo-gym/aggregate";
import { responseText } from "../../../../lib/serving/wires/nemo-gym/response-text";
import { cookieName, nemoGymRoutes, sessionOf } from "../../../../lib/serving/wires/nemo-gym/routes";
import { sessionCookies } from "../../../../lib/serving/wires/nemo-gym/session-cookie";
import { addWire } from "../../../../lib/serving/wires/wire-route";
import { sharedJson } from "../../../fixtures";
import { smallServer, turn } from "../reward-server";
import { counterGym } from "./recorded-gym";

interface Exchange {
  readonly server?: string;
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly response: Record<string, unknown>;
  readonly note?: string;
}
const golden = sharedJson("golden/nemo_gym_exchange.json") as { readonly exchanges: readonly Exchange[] } | undefined;

if (golden)
  test("our server answers for the counter what NeMo Gym's server answered, session by session", async () => {
    const gym = counterGym();
    const cookies = sessionCookies(cookieName(gym));
    const service = {
      name: "nemo gym",
      routes: (app: Parameters<typeof addWire>[0]) => addWire(app, "nemo gym", nemoGymRoutes(gym), sessionOf(cookies)),
    };
    const app = await createServer([service], { logLevel: "silent" });
    let [cookie, compared] = ["", 0];
    for (const { server, path, request, status, response, note = "" } of golden.exchanges) {
      if (server !== undefined) continue; // the variant whose tools are called over MCP
      const payload = typeof request === "string" ? request : JSON.stringify(request);
      const headers = { "content-type": "application/json", ...(/no cookie/.test(note) ? {} : { cookie }) };
      const url = path;
      const answer = await app.inject({ method: "POST", url, payload, headers });
      assert.is(answer.statusCode, status, `${path} ${note}`);
      const set = String(answer.headers["set-cookie"]);
      assert.ok(set.startsWith("StatefulCounterResourcesServer___example_session_state_mgmt="), note);
      if (!/no cookie/.test(note)) cookie = set.split(";")[0]!;
      expectWithin(answer.json(), response, `${path} ${note}`);
      compared++;
    }
    assert.is(compared, 14);
    await app.close();
  });

/**
 * Every value of ours is the recorded one. Theirs may hold more: an echo there is filled with the defaults of OpenAI's
 * schema, and Python's JSON reader words its complaints otherwise.
 */
function expectWithin(ours: unknown, theirs: unknown, what: string): void {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    assert.is(ours.length, theirs.length, what);
    ours.forEach((each, i) => expectWithin(each, theirs[i], `${what}.${i}`));
  } else if (typeof ours === "object" && ours !== null && typeof theirs === "object" && theirs !== null) {
    const [mine, other] = [ours, theirs] as Record<string, unknown>[];
    for (const [key, value] of Object.entries(mine!))
      if (!(what.includes("not JSON") && ["error", "loc"].includes(key)))
        expectWithin(value, other![key], `${what}.${key}`);
  } else if (typeof ours === "number" && typeof theirs === "number")
    assert.ok(Math.abs(ours - theirs) < 1e-12, `${what}: ${ours}, recorded ${theirs}`);
  else assert.equal(ours, theirs, what);
}

test("a forged or torn cookie begins a new session; of several valid ones the newest counts", () => {
  let clock = 1000;
  const cookies = sessionCookies("S", "a secret", () => clock);
  const value = (set: string) => set.split(";")[0]!;
  const first = cookies.sessionOf(undefined);
  const old = value(cookies.issued(first));
  clock = 2000;
  const second = cookies.sessionOf(undefined);
  const recent = value(cookies.issued(second));
  assert.is.not(first, second);
  assert.is(cookies.sessionOf(old), first);
  assert.is(cookies.sessionOf(`other=1; ${recent}; ${old}`), second);
  assert.is(cookies.sessionOf(`${old}; ${recent}`), second);
  assert.is(cookies.sessionOf(old.replace("=", '="').concat('"')), first);
  const known = [first, second];
  for (const hostile of [
    old.replace(first, second), // another session under a signature that is not its own
    `${old.slice(0, -1)}${old.endsWith("A") ? "B" : "A"}`,
    old.slice(0, -5),
    "S=",
    "S",
    "S=;;;=",
    `S=${"x".repeat(100_000)}`,
    "S=__proto__",
    `T${old.slice(1)}`,
    `S=${encodeURIComponent("{}")}`,
  ])
    assert.not.ok(known.includes(cookies.sessionOf(hostile)), hostile.slice(0, 60));
  assert.not.ok(known.includes(sessionCookies("S", "another secret").sessionOf(old)));
});

test("a session carries the problem to tools and to a verify that does not say it", async () => {
  const { app, mood, post } = await smallServer();
  const response = (text: string) => ({
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }],
  });
  const seeded = await post("/seed_session", { label: "p1", _ng_task_index: 0, agent_ref: { name: "a" } });
  assert.equal([seeded.status, seeded.body], [200, {}]);
  let cookie = String(seeded.headers["set-cookie"]).split(";")[0]!;
  const found = await post("/run_query", { query: "good" }, { cookie });
  assert.equal(found.body, { total: 1, hits: ["d1"], warnings: [] });
  const invented = await post("/no_such_tool", { query: "good" }, { cookie });
  assert.is(invented.status, 404);
  cookie = String(invented.headers["set-cookie"]).split(";")[0]!; // an agent keeps the newest, also of a 404
  const { body } = await post("/verify", { response: response(turn("good")) }, { cookie });
  assert.equal([body.reward, body.reward_kind, body["R@10"]], [6, "scored", 1]);

  assert.is((await post("/run_query", { query: "good" })).status, 400);
  assert.is((await post("/run_query", {}, { cookie })).status, 422);
  assert.is((await post("/verify", { response: response("x") })).status, 422);
  assert.is((await post("/verify", { label: "p1", response: { output: "x" } })).status, 422);
  assert.is((await post("/seed_session", { label: "p9" })).status, 422);
  assert.is((await post("/seed_session", { label: "p1", task: "big" })).status, 404);
  assert.is((await post("/seed_session", { verifier_metadata: { label: "p1", task: "small" } })).status, 200);
  mood.now = "down";
  const down = await post("/verify", { response: response(turn("x")) }, { cookie });
  assert.equal([down.status, down.body.reward, down.body._ng_failure_class], [503, null, "transient"]);
  assert.is((await post("/run_query", { query: "y" }, { cookie })).status, 503);
  await app.close();
});

test("the completion is the last message of the assistant, with a thought that was taken out put back", () => {
  const message = (text: string, role = "assistant") => ({ type: "message", role, content: [{ text }] });
  const thought = { type: "reasoning", summary: [{ text: "hm" }] };
  assert.is(responseText({ output: [] }), "");
  assert.is(responseText({ output: [message("a"), message("b"), message("c", "user")] }), "b");
  assert.is(responseText({ output: [thought, message("<answer>1</answer>")] }), "<think>hm</think><answer>1</answer>");
  assert.is(responseText({ output: [thought, message("<think>x</think>y")] }), "<think>x</think>y");
  assert.is(responseText({ output: [thought, message("a"), message("b")] }), "b");
  assert.is(responseText({ output: [{ type: "message", role: "assistant", content: null }] }), "");
});

test("an outage among the responses moves no mean, and a single rollout has the deviation 0", () => {
  const { agent_metrics: all, group_level_metrics: groups } = aggregateMetrics([
    { _ng_task_index: 3, reward: 1 },
    { _ng_task_index: 3, _ng_rollout_index: 1, reward: null, _ng_failure_class: "transient" },
  ]);
  assert.equal(all, { "mean/reward": 1, "max/reward": 1, "min/reward": 1, "median/reward": 1, "std/reward": 0 });
  assert.equal([groups.length, groups[0]!["num_rollouts"]], [1, 2]);
});

test.run();
