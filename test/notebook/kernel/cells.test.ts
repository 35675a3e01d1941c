import { test } from "uvu";
import * as assert from "uvu/assert";
import { cellDefaults, createCells } from "../../../lib/notebook/kernel/cells";
import type { Ending } from "../../../lib/notebook/kernel/engine/engine-link";
import { createRuns } from "../../../lib/notebook/kernel/runs";
import { newHeader, type Message } from "../../../lib/notebook/kernel/wire/messages";

const request = (code: unknown, more: object = {}): Message => ({
  routing: [],
  header: newHeader("execute_request", "s", "u"),
  parent: {},
  metadata: {},
  content: { code, ...more } as Message["content"],
});

/** Cells over an engine that runs `run` for every code; what they publish is noted as "type" and content. */
function bench(
  run: (code: string, abandoned: Promise<void>, told: Promise<void>) => Promise<Ending>,
  { listens = false, patience = 50, arrived = (): number => 0 } = {},
) {
  const published: [type: string, content: Record<string, unknown>][] = [];
  const did: string[] = [];
  let abandon = (): void => undefined;
  let tell = (): void => undefined;
  const engine = {
    execute: ({ code }: { code: string }) =>
      run(code, new Promise<void>((resolve) => (abandon = resolve)), new Promise<void>((resolve) => (tell = resolve))),
    inspect: async () => null,
    tell: async () => (did.push("tell"), tell(), listens),
    abandon: () => (did.push("abandon"), abandon()),
    breakOff: () => void did.push("break off"),
    kill: () => void did.push("kill"),
  };
  const cells = createCells(
    { engine, runs: createRuns(), send: (_, type, content) => void published.push([type, { ...content }]), arrived },
    { ...cellDefaults, same: 0, drain: 0, hearing: 20, notice: 5, patience, checks: 10, grace: 20 },
  );
  return { cells, published, did };
}

const ok = (value: unknown): Ending => ({
  kind: "ok",
  shown: { data: { "text/plain": `<${String(value)}>` }, metadata: {} },
  expressions: {},
});
const failed: Ending = { kind: "failed", error: { ename: "E", evalue: "e", traceback: ["E: e"] } };

test("a cell's value is rendered and numbered", async () => {
  const { cells, published } = bench(async () => ok(7));
  const reply = await cells.execute(request("7"), 1);
  assert.equal([reply["status"], reply["execution_count"]], ["ok", 1]);
  assert.equal(published, [
    ["execute_input", { code: "7", execution_count: 1 }],
    ["execute_result", { execution_count: 1, data: { "text/plain": "<7>" }, metadata: {} }],
  ]);
});

test("a silent cell publishes nothing and does not count", async () => {
  const { cells, published } = bench(async () => ok(7));
  await cells.execute(request("7", { silent: true }), 1);
  assert.equal(published, []);
  assert.equal(cells.history, []);
});

test("after an error, cells that had arrived are skipped, and later ones run", async () => {
  const { cells } = bench(async (code) => (code === "bad" ? failed : ok(1)), { arrived: () => 2 });
  assert.is((await cells.execute(request("bad"), 1))["status"], "error");
  assert.is((await cells.execute(request("had arrived"), 2))["status"], "aborted");
  assert.is((await cells.execute(request("sent after the reply"), 3))["status"], "ok");
});

test("an error does not skip anything when stop_on_error is false", async () => {
  const { cells } = bench(async (code) => (code === "bad" ? failed : ok(1)), { arrived: () => 2 });
  await cells.execute(request("bad", { stop_on_error: false }), 1);
  assert.is((await cells.execute(request("next"), 2))["status"], "ok");
});

test("a cell that listens to its signal is waited for and keeps its value", async () => {
  const { cells, did } = bench(async (_, __, told) => (await told, ok("state")), { listens: true });
  const reply = cells.execute(request("train()"), 1);
  cells.interrupt();
  assert.is((await reply)["status"], "ok");
  assert.equal(did, ["tell"]);
});

const stuck = async (_: string, abandoned: Promise<void>): Promise<Ending> => (await abandoned, failed);

test("a cell that does not listen is abandoned at once, and one that does not stop after its time", async () => {
  const deaf = bench(stuck, { patience: 60_000 });
  const first = deaf.cells.execute(request("sleep"), 1);
  deaf.cells.interrupt();
  assert.is((await first)["status"], "error");

  const stubborn = bench(stuck, { patience: 10, listens: true });
  const second = stubborn.cells.execute(request("stubborn"), 1);
  stubborn.cells.interrupt();
  await new Promise((resolve) => setTimeout(resolve, 60)); // patience is a timer that keeps no process alive
  assert.is((await second)["status"], "error");
  assert.ok(
    stubborn.published.some(([type, { text }]) => type === "stream" && /interrupt again/.test(String(text))),
    "the reader is told what is waited for",
  );
});

test("a second interrupt does not wait", async () => {
  const { cells } = bench(stuck, { patience: 60_000, listens: true });
  const reply = cells.execute(request("train()"), 1);
  cells.interrupt();
  await new Promise((resolve) => setTimeout(resolve, 10));
  cells.interrupt();
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.is((await reply)["status"], "error");
});

test("where nothing helps the process is ended", async () => {
  const { cells, did } = bench(() => new Promise(() => undefined));
  void cells.execute(request("native code"), 1);
  cells.interrupt();
  while (did.at(-1) !== "kill") await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(
    did.filter((what) => what !== "tell"),
    ["abandon", "kill"],
  ); // it was not busy: nothing to break off
});

test("history holds code, numbers and values, also of cells that failed", async () => {
  const { cells } = bench(async (code) => (code === "bad" ? failed : ok(1)));
  await cells.execute(request("1"), 1);
  await cells.execute(request("bad", { stop_on_error: false }), 2);
  await cells.execute(request("aside", { store_history: false }), 3);
  assert.equal(cells.history, [
    { line: 1, code: "1", output: "<1>" },
    { line: 2, code: "bad" },
  ]);
});

test.run();
