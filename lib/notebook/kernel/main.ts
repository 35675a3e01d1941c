import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../core/files/package-root";
import { createCells } from "./cells";
import { readConnection } from "./wire/connection";
import { startEngine } from "./engine/engine";
import type { News } from "./engine/engine-link";
import { dieWithParent } from "./engine/orphan";
import { answers } from "./requests";
import { createRuns } from "./runs";
import { serve } from "./server";
import { createStdin } from "./stdin";

/**
 * Starts a kernel: this process speaks with Jupyter, another one runs the cells (see engine-link.ts). It serves
 * until it is shut down, or its parent dies.
 */
export async function main(connectionFile: string, root = packageRoot): Promise<void> {
  const connection = readConnection(connectionFile);
  dieWithParent();
  const complain = (text: string): void => void process.stderr.write(text); // the log of the notebook server
  const runs = createRuns();
  const engine = startEngine(root, { onNews: (news) => hear(news), onRaw: (name, text) => onRaw(name, text) });

  const { beat, bindSockets, sender } = await import("./wire/sockets"); // the engine gets ready while zeromq loads
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const sockets = await bindSockets(connection);
  const send = sender(sockets, connection.key, randomUUID(), complain);
  const stdin = createStdin(engine, send);
  let arrived = 0;
  const cells = createCells({ engine, runs, send, arrived: () => arrived });

  function hear(news: News): void {
    if (news.kind === "ready" || news.kind === "answered") return;
    const cause = runs.cause(news.run);
    if (news.kind === "stream") send("iopub", "stream", { name: news.name, text: news.text }, cause);
    else if (news.kind === "display") send("iopub", news.type, news.content, cause);
    else if (news.kind === "listens") cells.listens(news.run);
    else stdin.ask(news, cause);
  }
  function onRaw(name: "stdout" | "stderr", text: string): void {
    const cause = runs.cause(0);
    if (name === "stderr") complain(text);
    // Node prints this when it dies. The text of engine-death.ts takes its place.
    const crash = text.search(/<--- Last few GCs|^FATAL ERROR|^#\s+Fatal error/m);
    const shown = crash < 0 ? text : text.slice(0, crash);
    if (cause && shown.trim() !== "") send("iopub", "stream", { name, text: shown }, cause);
  }

  process.on("SIGINT", () => cells.interrupt());
  process.on("uncaughtException", (error) => complain(`deepretrieval kernel: ${error.stack ?? String(error)}\n`));
  process.on("unhandledRejection", (error) =>
    complain(`deepretrieval kernel: ${(error as Error | undefined)?.stack ?? String(error)}\n`),
  );

  const leave = (): void => {
    engine.close();
    setTimeout(() => process.exit(0), 100); // after the reply is on its way; the engine's guard ends what is busy
  };
  void beat(sockets.hb);
  await serve(sockets, {
    key: connection.key,
    send,
    cells,
    answers: answers(engine, cells, version, leave),
    arrive: () => ++arrived,
    onInput: stdin.reply,
    complain,
  });
}
