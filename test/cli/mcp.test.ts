import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../notebook/runner/bench";

const args = ["--require", "tsx/cjs", path.join(root, "lib/cli/main.ts"), "mcp", "--max-tokens", "60"];

test("the official client uses the embedded policy over stdio", async () => {
  const transport = new StdioClientTransport({ command: process.execPath, args, cwd: root, stderr: "pipe" });
  let said = "";
  transport.stderr!.on("data", (data: Buffer) => (said += String(data)));
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  assert.match(client.getInstructions()!, "scientific literature");
  const query = "P: adults with POAG\nI: early moxatag\nC: none\nO: pain";
  const { isError, structuredContent } = await client.callTool({ name: "search", arguments: { query, k: 5 } });
  assert.not.ok(isError);
  const { engine, results } = structuredContent as { engine: string; results: { hits: readonly object[] } };
  assert.equal([engine, results.hits.length <= 5], ["synthetic PubMed", true]);
  await client.close();
  assert.match(said, /the embedded policy answers[^]*Waiting for a client/);
});

test("what is no message is skipped, stdout has messages alone, and the end of stdin ends it with 0", async () => {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  child.stdout.on("data", (data: Buffer) => (out += String(data)));
  child.stderr.resume();
  const hello = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
  child.stdin.write('no JSON\n{"jsonrpc": "1.0"}\n[]\n\u0000\n{"__proto__": {}}\n');
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: hello })}\n`);
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list", params: {} })}\n`);
  while (!out.includes('"id":2')) await once(child.stdout, "data");
  child.stdin.end();
  const [code] = (await once(child, "exit")) as [number];
  assert.is(code, 0);
  for (const line of out.trim().split("\n")) assert.is((JSON.parse(line) as { jsonrpc: string }).jsonrpc, "2.0");
});

test.run();
