import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { provideCell, type Cell, type MimeBundle } from "../cell";
import { createCells, type Render } from "./cells";
import { readConnection } from "./connection";
import { createInterpreter } from "./interpreter";
import { dieWithParent } from "./orphan";
import { redirectOutput } from "./output";
import { answers } from "./requests";
import { whose } from "./running-cell";
import { serve } from "./server";
import { beat, bindSockets, sender } from "./sockets";
import { gatherStreams } from "./streams";

/** Starts a kernel in this process: it serves until it is shut down, or its parent dies. */
export async function main(connectionFile: string, root = path.resolve(__dirname, "../../..")): Promise<void> {
  dieWithParent();
  const connection = readConnection(connectionFile);
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const writeLog = process.stderr.write.bind(process.stderr); // the server's own log, before the stream is redirected
  const complain = (text: string): void => void writeLog(text);
  const interpreter = createInterpreter({ root, notebookDir: process.cwd() });

  const sockets = await bindSockets(connection);
  const send = sender(sockets, connection.key, randomUUID(), complain);
  const streams = gatherStreams((name, text, cause: Parameters<typeof send>[3]) => send("iopub", "stream", { name, text }, cause));
  let arrived = 0;
  const cells = createCells({ interpreter, render: lazyRender, send, flush: streams.flush, arrived: () => arrived });
  provideCell(() => whose.getStore()?.cell);
  redirectOutput((name, text) => {
    const owner = cells.owner();
    if (owner) streams.write(name, text, owner.cause);
    else complain(text);
  });
  displayOfTslab(() => cells.owner()?.cell);

  process.on("SIGINT", () => cells.interrupt());
  process.on("exit", streams.flush);
  process.on("uncaughtException", (error) => console.error("Uncaught", error));
  process.on("unhandledRejection", (error) => console.error("Unhandled rejection", error));

  const leave = (): void => void setTimeout(() => process.exit(0), 100); // after the reply is on its way
  void beat(sockets.hb);
  await serve(sockets, {
    key: connection.key,
    send,
    cells,
    answers: answers(interpreter, cells, version, leave),
    arrive: () => ++arrived,
    flush: streams.flush,
    complain,
  });
}

/** Loads the renderer with the first value to show: plotting is slow to load and many notebooks need none. */
const lazyRender: Render = async (value) => {
  const { renderWithMetadata } = await import("../render");
  return renderWithMetadata(value);
};

/** `import * as tslab from "tslab"` in a cell: its display functions show in our cells too. */
function displayOfTslab(current: () => Cell | undefined): void {
  type DisplayData = { data: MimeBundle; metadata: Record<string, unknown>; transient?: { display_id?: string } };
  const jupyter = require("tslab/dist/jupyter.js") as { lastWriteDisplayData: (data: DisplayData) => void };
  jupyter.lastWriteDisplayData = ({ data, metadata, transient }) => {
    const id = transient?.display_id;
    current()?.display(data, { metadata, ...(id === undefined ? {} : { id }) });
  };
}
