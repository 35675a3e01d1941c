import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../lib/notebook/kernel/wire/messages";
import { connect, type Client } from "../../lib/notebook/runner/client";
import { ownKernel, startProcess, type KernelProcess } from "../../lib/notebook/runner/kernel-process";
import { notebooks, root } from "../notebook/runner/bench";

type Options = { readonly starts?: string; readonly cells?: string; readonly lines?: string };

/**
 * The kernel's latencies, over the real protocol: start to first result, a trivial cell, much output, interrupts.
 * Milliseconds; medians where there are several. `loadAverage` tells how busy the machine was.
 */
export async function bench(
  { starts = "5", cells = "60", lines = "100000" }: Options,
  log: (line: string) => void,
): Promise<Record<string, number>> {
  const firsts: number[] = [];
  for (let i = 0; i <= Number(starts); i++) {
    const from = performance.now();
    const { kernel, client } = await open(() => undefined);
    await execute(client, "1 + 1");
    if (i > 0) firsts.push(performance.now() - from); // the first start warms the disk cache
    await close(kernel, client);
    log(`start ${i}: ${(performance.now() - from).toFixed(0)} ms with its end`);
  }

  let text = "";
  const { kernel, client } = await open(
    ({ header, content }) => void (header.msg_type === "stream" && (text += String(content["text"]))),
  );
  const timed = async (code: string): Promise<number> => {
    const from = performance.now();
    await execute(client, code);
    return performance.now() - from;
  };
  await timed("1");
  const trivial: number[] = [];
  for (let i = 0; i < Number(cells); i++) trivial.push(await timed(`${i} + 1`));
  log(`${cells} trivial cells: median ${median(trivial).toFixed(1)} ms`);

  text = "";
  const printing = await timed(`for (let i = 1; i <= ${lines}; i++) console.log("line " + i)`);
  const arrived = text.split("\n").length - 1;
  const complete = text.endsWith(`line ${lines}\n`);
  log(`${lines} lines: ${printing.toFixed(0)} ms, ${arrived} arrived, the last ${complete ? "too" : "MISSING"}`);

  const interrupt = async (code: string): Promise<number> => {
    const ended = execute(client, code);
    await sleep(500);
    const from = performance.now();
    kernel.interrupt();
    await ended;
    return performance.now() - from;
  };
  const interruptWaiting = await interrupt("await new Promise((r) => setTimeout(r, 60000))");
  const interruptBusy = await interrupt("while (true) {}");
  const interruptBusyLater = await interrupt("await new Promise((r) => setTimeout(r, 1)); while (true) {}");
  const completion = median(
    await repeat(20, () => client.request("shell", "complete_request", { code: "Math.ab", cursor_pos: 7 })),
  );
  await close(kernel, client);
  return {
    startToFirstResult: median(firsts),
    startBest: Math.min(...firsts),
    trivialCell: median(trivial),
    trivialCellWorst: Math.max(...trivial),
    lines: Number(lines),
    linesArrived: arrived,
    lastLinePresent: complete ? 1 : 0,
    printing,
    interruptWaiting,
    interruptBusy,
    interruptBusyLater,
    completion,
    loadAverage: require("node:os").loadavg()[0],
  };
}

async function open(
  onPublished: (message: Message) => void,
): Promise<{ readonly kernel: KernelProcess; readonly client: Client }> {
  const kernel = await startProcess(ownKernel(root), notebooks);
  return { kernel, client: await connect(kernel, onPublished, { startTimeout: 60, retry: 500 }) };
}

async function close(kernel: KernelProcess, client: Client): Promise<void> {
  await client.request("control", "shutdown_request", { restart: false });
  await kernel.death.catch(() => undefined);
  client.close();
  kernel.clean();
}

const execute = (client: Client, code: string) =>
  client.request("shell", "execute_request", { code, silent: false, store_history: true, stop_on_error: true });

async function repeat(times: number, call: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await call();
    taken.push(performance.now() - from);
  }
  return taken;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
