import { writeSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { packageRoot } from "../../../core/files/package-root";
import { provideCell, type Cell, type MimeBundle } from "../../cell";
import { inspectValue } from "../../render/text/inspect-value";
import { createCollector } from "./collector";
import { interruptedError, runtimeError } from "./cell-error";
import { followChildren, newChildRecord } from "./child-processes";
import type { GuardData } from "./engine-guard";
import { pipes, readLines, type Ending, type Execution, type News, type Order, type Shown } from "./engine-link";
import { createQuestions } from "./input";
import { createInterpreter, type Interpreter } from "./interpreter";
import { redirectOutput } from "./output";
import { runningCell, whose, type RunningCell } from "./running-cell";
import { installStopChecks, newStopFlag, raise } from "./stop-checks";
import { gatherStreams } from "./streams";
import type { Content } from "../wire/messages";

/** The engine process: compiles and runs cells as the server orders. Started by engine.ts only. */
function engineMain(root: string): void {
  const flag = newStopFlag();
  const record = newChildRecord();
  new Worker(path.join(__dirname, "engine-guard.js"), {
    workerData: { fd: pipes.guard, flag, children: record } satisfies GuardData,
  }).unref();
  const children = followChildren(record, flag);
  const tellServer = (news: News): void => writeAll(pipes.news, `${JSON.stringify(news)}\n`);
  const streams = gatherStreams<number>((name, text, run) => tellServer({ kind: "stream", run, name, text }));
  let running: RunningCell | undefined;
  let last: RunningCell | undefined;
  let abandon: (() => void) | undefined; // ends the running cell
  const owner = (): RunningCell | undefined => whose.getStore() ?? running ?? last;

  installStopChecks(flag);
  provideCell(() => whose.getStore()?.cell);
  redirectOutput((name, text) => streams.write(name, text, owner()?.run ?? 0));
  process.on("SIGINT", () => undefined); // the server decides; vm stops the synchronous part of a cell by itself
  process.on("exit", streams.flush);
  Error.stackTraceLimit = 50; // ten frames of a library would hide the cell's own

  const collect = createCollector();
  const questions = createQuestions(tellServer, streams.flush);
  const clearOutput = ({ wait = false } = {}): void => {
    streams.flush();
    tellServer({ kind: "display", run: owner()?.run ?? 0, type: "clear_output", content: { wait } });
  };
  const interpreter = createInterpreter({ root, notebookDir: process.cwd() }, { input: questions.ask, clearOutput });
  displayOfTslab(() => owner()?.cell);
  process.on("uncaughtException", complainOf("Uncaught", interpreter));
  process.on("unhandledRejection", complainOf("Unhandled rejection", interpreter));

  const execute = async (execution: Execution): Promise<Ending> => {
    const me = (running = last = runningCell(execution.run, tellServer, streams.flush));
    const abandoned = new Promise<Ending>((resolve) => {
      abandon = () => {
        me.abandoned = true;
        me.tell();
        raise(flag);
        children.interrupt(me.run);
        interpreter.abandon();
        resolve({ kind: "failed", error: interruptedError });
      };
    });
    try {
      return await Promise.race([whose.run(me, () => compute(interpreter, execution)), abandoned]);
    } finally {
      running = undefined;
      streams.flush();
      setImmediate(collect); // after the answer is on its way
    }
  };

  const follow = async (order: Order): Promise<unknown> => {
    switch (order.kind) {
      case "execute":
        return execute(order.execution);
      case "complete":
        return interpreter.complete(order.code, order.position);
      case "inspect":
        return interpreter.inspect(order.code, order.position) ?? null;
      case "isComplete":
        return interpreter.isComplete(order.code);
      case "forget":
        interpreter.forget();
        return surroundings() === atStart;
      case "tell":
        if (running?.run === order.run) running.tell();
        return running?.run === order.run && running.listens();
      case "abandon":
        return void (running?.run === order.run && abandon?.());
      case "answer":
        return questions.answer(order.question, order.text, order.why);
      case "leave":
        process.exit(0);
    }
  };

  const atStart = surroundings();
  const orders = new Socket({ fd: pipes.orders, readable: true, writable: false });
  orders.on(
    "data",
    readLines<Order>((order) => void answer(order)),
  );
  const answer = async (order: Order): Promise<void> => {
    const result = await follow(order).catch((error: unknown) => ({ kind: "failed", error: runtimeError(error) }));
    if ("id" in order) tellServer({ kind: "answered", id: order.id, answer: result });
  };
  tellServer({ kind: "ready" });
}

/** What a cell can change of its process besides variables, as a text. */
const surroundings = (): string => {
  const own = (names: readonly string[]) => names.filter((name) => !ofLibraries.test(name)).sort();
  const environment = own(Object.keys(process.env)).map((name) => [name, process.env[name]]);
  return JSON.stringify([process.cwd(), environment, own(Object.getOwnPropertyNames(globalThis))]);
};

/** Environment variables and global names that TensorFlow.js, our loaders of it, protobuf and danfo set. */
const ofLibraries = /^(?:TF_|NVIDIA_TF32|_tf|proto$|regeneratorRuntime$)/;

/** Runs a cell and renders what it shows. */
async function compute(interpreter: Interpreter, { code, label, silent, expressions }: Execution): Promise<Ending> {
  const outcome = await interpreter.execute(code, label);
  if (outcome.kind === "failed") return outcome;
  try {
    const shown = silent || !("value" in outcome) ? undefined : await render(outcome.value);
    const something = shown !== undefined && Object.keys(shown.data).length > 0; // a promise of nothing shows nothing
    return { kind: "ok", ...(something ? { shown } : {}), expressions: await evaluate(interpreter, expressions) };
  } catch (error) {
    return { kind: "failed", error: runtimeError(error) };
  }
}

/** The user_expressions of an execute_request: each a value, or its error. */
async function evaluate(
  interpreter: Interpreter,
  expressions: Execution["expressions"],
): Promise<Record<string, Content>> {
  const results: Record<string, Content> = {};
  for (const [name, code] of Object.entries(expressions)) {
    const outcome = await interpreter.execute(`(${code}\n)`, name);
    results[name] =
      outcome.kind === "failed"
        ? { status: "error", ...outcome.error }
        : { status: "ok", ...(await render("value" in outcome ? outcome.value : undefined)) };
  }
  return results;
}

/** The renderer is loaded with the first value to show: plotting is slow to load and many notebooks need none. */
async function render(value: unknown): Promise<Shown> {
  if (typeof value !== "object" && typeof value !== "function")
    return { data: { "text/plain": inspectValue(value) }, metadata: {} };
  const { renderWithMetadata } = await import("../../render/render");
  const { data, metadata = {} } = await renderWithMetadata(value);
  return { data, metadata };
}

/** Reports an error outside of any await in the cell that caused it. An interrupt is not reported. */
const complainOf =
  (what: string, { translate }: Interpreter) =>
  (thrown: unknown): void => {
    const { ename, traceback } = runtimeError(thrown, translate);
    if (ename !== "Interrupted") console.error(`${what} ${traceback.join("\n")}`);
  };

/** Writes everything and waits where the pipe is full: what a cell prints before it exits or crashes must arrive. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** `import * as tslab from "tslab"` in a cell: its display functions show in our cells too. */
function displayOfTslab(current: () => Cell | undefined): void {
  type DisplayData = { data: MimeBundle; metadata: Record<string, unknown>; transient?: { display_id?: string } };
  const jupyter = require("tslab/dist/jupyter.js") as { lastWriteDisplayData: (data: DisplayData) => void };
  jupyter.lastWriteDisplayData = ({ data, metadata, transient }) => {
    const id = transient?.display_id;
    current()?.display(data, { metadata, ...(id === undefined ? {} : { id }) });
  };
}

if (require.main === module) engineMain(process.argv[2] ?? packageRoot);
