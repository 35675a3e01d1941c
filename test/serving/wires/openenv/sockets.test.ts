import { test } from "uvu";
import * as assert from "uvu/assert";
import WebSocket from "ws";
import { listen } from "../../../../lib/serving/http/listen";
import { completion, smallServer } from "../reward-server";

/** A client of one socket: it sends a frame and waits for the next one that comes. */
async function connected(url: string) {
  const socket = new WebSocket(url);
  const frames: unknown[] = [];
  const waiting: ((frame: unknown) => void)[] = [];
  let code: number | undefined;
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data));
    const next = waiting.shift();
    if (next) next(frame);
    else frames.push(frame);
  });
  const closed = new Promise<number>((resolve) => socket.once("close", (how) => resolve((code = how))));
  await new Promise<void>((resolve, reject) => socket.once("open", () => resolve()).once("error", reject));
  const received = () =>
    frames.length > 0
      ? Promise.resolve(frames.shift())
      : new Promise((resolve) => {
          waiting.push(resolve);
          void closed.then(() => resolve({ closed: code }));
        });
  return {
    socket,
    closed,
    received,
    ask: async (frame: unknown) => {
      socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
      return (await received()) as { type: string; data: { code?: string; reward?: unknown; [key: string]: unknown } };
    },
  };
}

async function listening(options: Parameters<typeof smallServer>[0] = {}) {
  const server = await smallServer(options);
  const { url, close } = await listen(server.app, { port: 0, graceSeconds: 1 });
  return { ...server, url: url.replace("http", "ws"), close };
}

test("an episode on a socket: a prompt, a reward, an outage without one, and no step after the end", async () => {
  const { url, close, mood } = await listening();
  const { ask, closed, socket } = await connected(`${url}/ws`);
  const early = await ask({ type: "step", data: { completion: "x" } });
  assert.equal(
    [early.data.code, early.data["message"]],
    ["EXECUTION_ERROR", "there is no problem yet: send a reset before the first step"],
  );
  const begun = await ask({ type: "reset", data: { problem: "p2", episode_id: "e1" } });
  assert.equal([begun.data.reward, begun.data["done"]], [null, false]);
  assert.match((begun.data["observation"] as { prompt: string }).prompt, /question p2[^]*<think>$/);

  mood.now = "down";
  const down = await ask({ type: "step", data: { completion: completion("good") } });
  assert.equal([down.type, down.data.reward, down.data["done"]], ["observation", null, true]);
  assert.equal((down.data["observation"] as { kind: string }).kind, "outage");
  mood.now = "up";
  const again = await ask({ type: "step", data: { completion: completion("good") } });
  assert.equal([again.data.reward, again.data["done"]], [6, true], "the step of an outage may be sent again");
  const late = await ask({ type: "step", data: { completion: completion("good") } });
  assert.equal(
    [late.data.code, late.data["message"]],
    ["EXECUTION_ERROR", "the episode is over: send a reset before the next step"],
  );
  assert.equal((await ask({ type: "state" })).data, {
    episode_id: "e1",
    step_count: 2,
    task: "small",
    problem: "p2",
    kind: "scored",
  });
  const other = await ask({ type: "reset", data: { task: "big" } });
  assert.equal(other.data["message"], 'there is no task "big". Tasks: small');
  assert.equal((await ask({ type: "reset", data: { problem: "p1", unknown: 1 } })).type, "observation");
  const malformed = await ask({ type: "step", data: { completion: "no answer" } });
  assert.equal([malformed.data.reward, malformed.data["done"]], [-4, true]);
  socket.send('{"type":"close"}');
  assert.is(await closed, 1000);
  await close();
});

test("a seed draws a problem, the same each time; without one the problems come in turn", async () => {
  const { url, close } = await listening();
  const { ask, socket } = await connected(`${url}/ws`);
  const problem = async (data: object) =>
    ((await ask({ type: "reset", data })).data["observation"] as { problem: string }).problem;
  assert.equal([await problem({}), await problem({}), await problem({})], ["p1", "p2", "p1"]);
  const drawn = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    assert.is(await problem({ seed }), await problem({ seed }));
    drawn.add(await problem({ seed }));
  }
  assert.equal([...drawn].sort(), ["p1", "p2"]);
  socket.terminate();
  await close();
});

test("a tool runs a query of the problem and tells nothing about its judgments", async () => {
  const { url, close, mood } = await listening();
  const { ask, socket } = await connected(`${url}/ws`);
  await ask({ type: "reset" });
  const call = async (parameters: object) =>
    (await ask({ type: "step", data: { type: "call_tool", tool_name: "run_query", arguments: parameters } })).data[
      "observation"
    ] as { result: { data: unknown } | null; error: { error_type: string } | null };
  assert.equal((await call({ query: "good" })).result?.data, { total: 1, hits: ["d1"], warnings: [] });
  assert.is((await call({})).error?.error_type, "invalid_args");
  mood.now = "down";
  assert.is((await call({ query: "bad" })).error?.error_type, "execution_error");
  const rpc = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const listed = await ask({ type: "mcp", data: rpc });
  assert.equal(listed.data["id"], 1);
  socket.terminate();
  await close();
});

test("more sockets than allowed, and sessions that nobody opened, are told and closed", async () => {
  const { url, close } = await listening({ episodes: 2 });
  const first = await connected(`${url}/ws`);
  const unknown = await connected(`${url}/ws?session_id=nope`);
  assert.equal(await unknown.received(), {
    type: "error",
    data: { message: "Unknown session_id: nope", code: "SESSION_ERROR" },
  });
  await unknown.closed;
  const second = await connected(`${url}/ws`);
  const third = await connected(`${url}/ws`);
  assert.equal(await third.received(), {
    type: "error",
    data: {
      message: "Server at capacity: 2/2 sessions active. Cannot accept new connections.",
      code: "CAPACITY_REACHED",
      active_sessions: 2,
      max_sessions: 2,
    },
  });
  await third.closed;
  first.socket.terminate();
  await first.closed;
  let fourth = await connected(`${url}/ws`);
  while ((await fourth.ask({ type: "state" })).type !== "state") fourth = await connected(`${url}/ws`);
  for (const { socket } of [second, fourth]) socket.terminate();
  await close();
});

test("hostile frames close one socket at most, and the server goes on", async () => {
  const { url, close, mood } = await listening({ largestFrame: 1000 });
  const large = await connected(`${url}/ws`);
  large.socket.send(JSON.stringify({ type: "step", data: { completion: "x".repeat(2000) } }));
  assert.is(await large.closed, 1009);
  const binary = await connected(`${url}/ws`);
  binary.socket.send(Buffer.from([1, 2, 3]));
  assert.is(((await binary.received()) as { data: { code: string } }).data.code, "INVALID_JSON");
  assert.is((await binary.ask("[".repeat(900))).data.code, "INVALID_JSON");
  assert.is((await binary.ask('{"type":"__proto__"}')).data.code, "UNKNOWN_TYPE");
  assert.is((await binary.ask("null")).data.code, "UNKNOWN_TYPE");
  await binary.ask({ type: "reset" });
  mood.now = "silent";
  for (let i = 0; i < 100; i++)
    binary.socket.send(JSON.stringify({ type: "step", data: { completion: completion("x") } }));
  assert.is(await binary.closed, 1008);
  mood.now = "up";
  const { ask, socket } = await connected(`${url}/ws`);
  assert.is((await ask({ type: "reset" })).type, "observation");
  socket.terminate();
  await close();
});

test("a client that goes away in the middle of a step frees its place", async () => {
  const { url, close, mood, get } = await listening({ seconds: 60 });
  mood.now = "silent";
  const { ask, socket, closed } = await connected(`${url}/ws`);
  await ask({ type: "reset" });
  socket.send(JSON.stringify({ type: "step", data: { completion: completion("x") } }));
  const pending = async () => (await get("/health")).body.services.rewards.pending as number;
  while ((await pending()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.terminate();
  await closed;
  while ((await pending()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await close();
});

test.run();
