import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { commandLine } from "./capture";
import { root } from "../notebook/runner/bench";

const cli = ["--require", "tsx/cjs", path.join(root, "lib/cli/main.ts")];
const run = (args: readonly string[], input = "") => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...cli, ...args], { encoding: "utf8", input });
  return { exit: status, out: stdout, err: stderr };
};

test("a question is rewritten, by the embedded policy where no other is named, which says what it knows", () => {
  const { exit, out, err } = run(["rewrite", "P: adults with POAG\nI: early moxatag\nC: none\nO: pain", "--explain"]);
  assert.is(exit, 0);
  assert.match(err, "the embedded policy answers. It was trained on synthetic review questions");
  assert.match(out, /^Question {3}P: adults[^]*\nReasoning [^]*\nQuery [^]*\nFound {6}\d+ in synthetic PubMed; /);
});

test("rows come in and go out in order; a row that is none ends it, named by its line", () => {
  const rows = ["asthma", "aspirin <b>x</b>", "pain"].map((query) => JSON.stringify({ query }));
  const { exit, out, err } = run(["rewrite", "--max-tokens", "60"], `${rows.join("\n\n")}\n{"question": 1}\n`);
  assert.is(exit, 1);
  const written = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { original: string; query: string });
  assert.equal(
    written.map(({ original }) => original),
    ["asthma", "aspirin <b>x</b>", "pain"],
  );
  assert.match(err, 'line 6 of stdin has no text "query"');
});

test("what cannot be served or asked is said in a line, with what to do", async () => {
  for (const [args, exit, said] of [
    [["serve"], 2, "what to serve? Give one of --model"],
    [["serve", "--model", "/no/such/model"], 1, "there is no file or folder /no/such/model"],
    [["serve", "--embedded", "--endpoint", "http://127.0.0.1:9"], 2, "which one?"],
    [["serve", "--embedded", "--search", "pubmed"], 2, "write TASK=ENGINE"],
    [["serve", "--embedded", "--port", "99999"], 2, "a port from 0 to 65535"],
    [["rewrite", "x", "--endpoint", "nowhere"], 1, "is no address of a server"],
    [["rewrite", "x", "--endpoint", "http://127.0.0.1:9"], 1, "did not answer"],
    [["rewrite", "x", "--task", "pubmde"], 1, "Did you mean pubmed?"],
    [["rewrite", " "], 2, "the question is empty"],
  ] as const) {
    const { exit: got, err } = await commandLine(...args);
    assert.equal([got, err.includes(said)], [exit, true], `${args.join(" ")}: ${err}`);
  }
});

/** A server of the command line, and its address. */
async function served(...args: string[]): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [...cli, "serve", "--embedded", "--port", "0", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return { url: /http:\S+(?=;)/.exec(String(line))![0], child };
}

test(
  "a server rewrites, searches and completes; its log is JSON; at a signal it finishes and ends with " + "0",
  async () => {
    const { url, child } = await served("--api-key", "k1");
    let log = "";
    child.stderr!.on("data", (data) => (log += data));
    const ask = async (path: string, body?: object, key = "k1") => {
      const response = await fetch(url + path, {
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body && { method: "POST", body: JSON.stringify(body) }),
      });
      return { status: response.status, json: (await response.json()) as Record<string, never> };
    };
    assert.is((await ask("/tasks", undefined, "k2")).status, 401);
    assert.equal((await ask("/tasks")).json["tasks"], [
      { name: "pubmed", about: "Boolean queries for PubMed", searchable: true },
    ]);
    const search = await ask("/search", { query: "P: adults with POAG", compare: true });
    assert.equal([search.status, search.json["engine"]], [200, "synthetic PubMed"]);
    assert.is((await ask("/rewrite", { query: "x", task: "ctgov" })).status, 400);
    assert.match(JSON.stringify((await ask("/openapi.json")).json), '"/v1/chat/completions"');
    const last = fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { authorization: "Bearer k1", "content-type": "application/json" },
      body: JSON.stringify({ prompt: "a", max_tokens: 200, logit_bias: { 2043: -100 } }),
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGTERM");
    assert.is((await last).status, 200);
    const [code] = (await once(child, "exit")) as [number];
    assert.is(code, 0);
    const lines = log.split("\n").filter((line) => line.startsWith("{"));
    assert.ok(lines.some((line) => (JSON.parse(line) as { route?: string }).route === "/search"));
    assert.not.match(log, "POAG"); // questions are not logged
  },
);

test.run();
