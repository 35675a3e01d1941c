import { test } from "uvu";
import * as assert from "uvu/assert";
import { createCells } from "../../../lib/notebook/kernel/cells";
import type { Interpreter, Outcome } from "../../../lib/notebook/kernel/interpreter";
import { whose } from "../../../lib/notebook/kernel/running-cell";
import { newHeader, type Message } from "../../../lib/notebook/kernel/wire";

const request = (code: unknown, more: object = {}): Message => ({ routing: [], header: newHeader("execute_request", "s", "u"), parent: {}, metadata: {}, content: { code, ...more } as Message["content"] });

/** Cells over an interpreter that runs `run` for every code; what they publish is noted as "type" and content. */
function bench(run: (code: string, abandoned: Promise<void>) => Promise<Outcome>, { patience = 50, arrived = () => 0 } = {}) {
  const published: [type: string, content: Record<string, unknown>][] = [];
  let abandon = (): void => undefined;
  const interpreter = {
    execute: (code: string) => run(code, new Promise<void>((resolve) => (abandon = resolve))),
    abandon: () => abandon(),
  } as Interpreter;
  const cells = createCells(
    { interpreter, render: async (value) => ({ data: { "text/plain": `<${String(value)}>` } }), send: (_, type, content) => void published.push([type, { ...content }]), flush: () => undefined, arrived },
    { patience, same: 0, drain: 0 },
  );
  return { cells, published };
}

const ok = (value: unknown): Outcome => ({ kind: "ok", value });
const failed: Outcome = { kind: "failed", error: { ename: "E", evalue: "e", traceback: ["E: e"] } };

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

test("a cell that looks at its signal is waited for and keeps its value", async () => {
  const { cells } = bench(async () => {
    const { signal } = whose.getStore()!.cell;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return ok("state");
  });
  const reply = cells.execute(request("train()"), 1);
  cells.interrupt();
  assert.is((await reply)["status"], "ok");
});

test("a cell that does not is abandoned at once, and one that does not stop after its time", async () => {
  const stuck = async (_: string, abandoned: Promise<void>): Promise<Outcome> => {
    await abandoned;
    return failed;
  };
  const deaf = bench(stuck, { patience: 60_000 });
  const first = deaf.cells.execute(request("sleep"), 1);
  deaf.cells.interrupt();
  assert.is((await first)["status"], "error");

  const stubborn = bench((code, abandoned) => (void whose.getStore()!.cell.signal, stuck(code, abandoned)), { patience: 5 });
  const second = stubborn.cells.execute(request("stubborn"), 1);
  stubborn.cells.interrupt();
  await new Promise((resolve) => setTimeout(resolve, 20)); // patience is a timer that keeps no process alive
  assert.is((await second)["status"], "error");
});

test("a display with an id is shown once and then updated, anew in every run of a cell", async () => {
  const { cells, published } = bench(async () => {
    const { cell } = whose.getStore()!;
    cell.display({ "text/plain": "0 %" }, { id: "bar" });
    cell.display({ "text/plain": "9 %" }, { id: "bar" });
    return { kind: "ok" };
  });
  await cells.execute(request("x"), 1);
  await cells.execute(request("x"), 2);
  assert.equal(
    published.map(([type]) => type),
    ["execute_input", "display_data", "update_display_data", "execute_input", "display_data", "update_display_data"],
  );
});

test("a value that cannot be rendered is that cell's error", async () => {
  const published: string[] = [];
  const cells = createCells({
    interpreter: { execute: async () => ok(1) } as unknown as Interpreter,
    render: async () => {
      throw new RangeError("no such plot");
    },
    send: (_, type) => void published.push(type),
    flush: () => undefined,
    arrived: () => 0,
  });
  const reply = await cells.execute(request("x"), 1);
  assert.equal([reply["status"], reply["ename"], reply["evalue"]], ["error", "RangeError", "no such plot"]);
  assert.equal(published, ["execute_input", "error"]);
});

test.run();
