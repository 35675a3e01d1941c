import { test } from "uvu";
import * as assert from "uvu/assert";
import { createServer } from "../../../../lib/serving/http/server";
import { addWire } from "../../../../lib/serving/wires/wire-route";
import type { Environment } from "../../../../lib/serving/wires/openenv/environment";
import { frameSession } from "../../../../lib/serving/wires/openenv/frames";
import { answerRpcText, rpc } from "../../../../lib/serving/wires/openenv/rpc";
import { openEnvRoutes } from "../../../../lib/serving/wires/openenv/routes";
import { sessions } from "../../../../lib/serving/wires/openenv/sessions";
import { sharedJson } from "../../../fixtures";
import { comparable, echoEnvironment, type Golden, toolsEnvironment } from "./recorded-environments";

const golden = sharedJson("golden/openenv_exchange.json") as Golden | undefined;
const never = new AbortController().signal;

if (golden) {
  const environments: Readonly<Record<string, () => Environment>> = {
    echo: () => echoEnvironment(golden),
    tools: () => toolsEnvironment(golden),
    "tools-mcp": () => toolsEnvironment(golden),
  };

  for (const env of ["echo", "tools"])
    test(`over HTTP our server answers for the ${env} environment what OpenEnv's server answered`, async () => {
      const environment = environments[env]!();
      const service = {
        name: "openenv",
        routes: (app: Parameters<typeof addWire>[0]) =>
          addWire(app, "openenv", openEnvRoutes(environment, sessions(environment, 2))),
      };
      const app = await createServer([service], { logLevel: "silent" });
      let [compared, session] = [0, ""];
      for (const { method, path, request, status, response } of golden.http.filter((each) => each.env === env)) {
        if (path === "/health") continue; // the server's own, with more in it
        const payload = (typeof request === "string" ? request : JSON.stringify(request))?.replace(
          /[0-9a-f]{8}-[0-9a-f-]{27}/,
          session,
        );
        const answer = await app.inject({
          method,
          url: path,
          ...(request === null ? {} : { payload, headers: { "content-type": "application/json" } }),
        });
        const what = `${method} ${path} ${payload}`;
        if (path === "/echo/task_range" || payload?.includes("boom")) {
          assert.is(answer.statusCode, payload.includes("boom") ? 500 : 200, what);
          continue;
        }
        assert.is(answer.statusCode, status, what);
        const body = answer.json();
        if (typeof body.result?.session_id === "string") session = body.result.session_id;
        assert.equal(comparable(body), comparable(response), what);
        compared++;
      }
      assert.is(compared, { echo: 19, tools: 12 }[env]);
      await app.close();
    });

  for (const { env, path, note, frames } of golden.ws.filter(({ frames }) => frames.some(({ closed }) => closed)))
    test(`on a socket, our frames for the ${env} environment are OpenEnv's: ${note}`, async () => {
      const session = frameSession(environments[env]!());
      for (const { send, recv } of frames) {
        const text = typeof send === "string" ? send : JSON.stringify(send);
        const answer = await session.answer(text, never);
        assert.equal(comparable(answer), comparable(recv ?? "close"), `${path} ${text}`);
      }
    });

  test("on the socket of /mcp, bare JSON-RPC is answered as OpenEnv does", async () => {
    const environment = toolsEnvironment(golden);
    const calls = rpc(environment, { episode: environment.open() });
    const { frames } = golden.ws.find(({ path }) => path === "/mcp")!;
    for (const { send, recv } of frames)
      assert.equal(comparable(await answerRpcText(calls, JSON.stringify(send), never)), comparable(recv));
  });
}

test("a JSON-RPC request that is none, or asks what is not there, gets its code", async () => {
  const environment: Environment = {
    name: "empty",
    description: "",
    version: "1",
    action: { type: "object" },
    observation: {},
    state: {},
    open: () => ({
      reset: async () => ({ observation: {}, reward: null, done: false }),
      step: async () => ({ observation: {}, reward: null, done: false }),
      state: () => ({}),
    }),
  };
  const calls = rpc(environment, { sessions: sessions(environment, 1) });
  const code = async (text: string) => {
    const reply = await answerRpcText(calls, text, never);
    return "error" in reply ? reply.error.code : reply.result;
  };
  const request = (method: string, params: unknown = {}) => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  assert.is(await code("{oops"), -32700);
  assert.is(await code("[".repeat(100_000)), -32700);
  assert.is(await code("{}"), -32600);
  assert.is(await code(request("nope")), -32601);
  assert.is(await code(request("constructor")), -32601);
  assert.is(await code(request("tools/list", [])), -32602);
  assert.is(await code(request("tools/call", {})), -32602);
  assert.is(await code(request("tools/call", { name: "nope" })), -32603);
  assert.is(await code(request("openenv/session/close", { session_id: "x" })), -32602);
  assert.type(((await code(request("openenv/session/create"))) as { session_id: string }).session_id, "string");
  assert.is(await code(request("openenv/session/create")), -32000);
});

test.run();
