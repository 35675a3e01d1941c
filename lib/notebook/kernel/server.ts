import type { Router } from "zeromq";
import type { Cells } from "./cells";
import { runtimeError } from "./engine/cell-error";
import type { RequestHandler } from "./requests";
import type { Send, Sockets } from "./wire/sockets";
import { decode, type Content, type Message } from "./wire/messages";

const remembered = 10_000; // messages of a channel

/** What a server does with requests. `arrive` numbers them as they come in. */
interface Service {
  readonly key: string;
  readonly send: Send;
  readonly cells: Cells;
  readonly answers: Readonly<Record<string, RequestHandler>>;
  readonly arrive: () => number;
  readonly onInput: (content: Content) => void; // an input_reply
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
    read(
      sockets.stdin,
      service,
      ({ header, content }) => void (header.msg_type === "input_reply" && service.onInput(content)),
    ),
  ]);
}

async function read(socket: Router, { key, complain }: Service, take: (message: Message) => void): Promise<void> {
  const seen = new Set<string>(); // ids of the latest messages: a copy of a signed message is signed as well
  for await (const frames of socket) {
    const decoded = decode(frames, key);
    const why =
      decoded.kind === "refused"
        ? decoded.why
        : seen.has(decoded.message.header.msg_id)
          ? "it is a copy of one that came before"
          : undefined;
    if (why !== undefined) complain(`deepretrieval kernel: message refused, ${why}\n`);
    else if (decoded.kind === "message") {
      seen.add(decoded.message.header.msg_id);
      if (seen.size > remembered) for (const oldest of seen) if (seen.delete(oldest)) break;
      take(decoded.message);
    }
  }
}

async function handle(
  channel: "shell" | "control",
  message: Message,
  arrival: number,
  service: Service,
): Promise<void> {
  const { send } = service;
  const type = message.header.msg_type;
  send("iopub", "status", { execution_state: "busy" }, message);
  const reply = await answer(type, message, arrival, service);
  if (reply) send(channel, type.replace(/_request$/, "_reply"), reply, message);
  else if (type === "comm_open")
    send("iopub", "comm_close", { comm_id: message.content["comm_id"], data: {} }, message); // we offer no targets
  send("iopub", "status", { execution_state: "idle" }, message);
}

/** The reply's content, or undefined for messages that take none. */
async function answer(
  type: string,
  message: Message,
  arrival: number,
  { cells, answers }: Service,
): Promise<Content | undefined> {
  try {
    if (type === "execute_request") return await cells.execute(message, arrival);
    const known = Object.hasOwn(answers, type) ? answers[type] : undefined;
    if (known) return await known(message.content);
    if (!type.endsWith("_request")) return undefined;
    throw new TypeError(`this kernel does not know ${type}`);
  } catch (error) {
    return { status: "error", ...runtimeError(error) };
  }
}
