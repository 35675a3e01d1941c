import type { Router } from "zeromq";
import type { Cells } from "./cells";
import { runtimeError } from "./cell-error";
import type { Answer } from "./requests";
import type { Send, Sockets } from "./sockets";
import { decode, type Content, type Message } from "./wire";

/** What a server does with requests. `arrive` numbers them as they come in. */
export interface Service {
  readonly key: string;
  readonly send: Send;
  readonly cells: Cells;
  readonly answers: Readonly<Record<string, Answer>>;
  readonly arrive: () => number;
  readonly flush: () => void; // lets printed text out
  readonly complain: (text: string) => void;
}

/**
 * Serves the shell and control channels until their sockets close. Shell requests are answered one after
 * the other, control requests at once: that is how a busy kernel is interrupted or shut down.
 */
export async function serve(sockets: Sockets, service: Service): Promise<void> {
  let queue = Promise.resolve();
  await Promise.all([
    read(sockets.shell, service, (message) => {
      const arrival = service.arrive();
      queue = queue.then(() => handle("shell", message, arrival, service));
    }),
    read(sockets.control, service, (message) => void handle("control", message, Infinity, service)),
  ]);
}

async function read(socket: Router, { key, complain }: Service, take: (message: Message) => void): Promise<void> {
  for await (const frames of socket) {
    const decoded = decode(frames, key);
    if (decoded.kind === "message") take(decoded.message);
    else complain(`deepretrieval kernel: message refused, ${decoded.why}\n`);
  }
}

async function handle(channel: "shell" | "control", message: Message, arrival: number, service: Service): Promise<void> {
  const { send, flush } = service;
  const type = message.header.msg_type;
  send("iopub", "status", { execution_state: "busy" }, message);
  const reply = await answer(type, message, arrival, service);
  flush();
  if (reply) send(channel, type.replace(/_request$/, "_reply"), reply, message);
  else if (type === "comm_open") send("iopub", "comm_close", { comm_id: message.content["comm_id"], data: {} }, message); // we offer no targets
  send("iopub", "status", { execution_state: "idle" }, message);
}

/** The reply's content, or undefined for messages that take none. */
async function answer(type: string, message: Message, arrival: number, { cells, answers }: Service): Promise<Content | undefined> {
  try {
    if (type === "execute_request") return await cells.execute(message, arrival);
    const known = Object.hasOwn(answers, type) ? answers[type] : undefined;
    if (known) return known(message.content);
    if (!type.endsWith("_request")) return undefined;
    throw new TypeError(`this kernel does not know ${type}`);
  } catch (error) {
    return { status: "error", ...runtimeError(error) };
  }
}
