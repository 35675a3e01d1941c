import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import { address } from "../kernel/wire/connection";
import { decode, encode, newHeader, type Content, type Message } from "../kernel/wire/messages";
import { KernelDied, type KernelProcess } from "./kernel-process";

/** A conversation with a running kernel. */
export interface Client {
  /** Content of the kernel_info reply. */
  readonly info: Content;
  /** Sends a request. Resolves to the reply's content once the kernel is idle again as well. */
  request(channel: "shell" | "control", type: string, content: Content, id?: string): Promise<Content>;
  close(): void;
}

type Waiting = { reply?: Content; idle: boolean; resolve: (content: Content) => void };

export const clientDefaults = {
  /** seconds until the first answer */
  startTimeout: 60,
  /** ms between greetings */
  retry: 500,
};

/**
 * Connects to a kernel that is starting. `onPublished` sees everything on iopub but the status messages.
 *
 * Resolves to undefined where `stop` fires before the kernel has answered.
 *
 * A request is over when both its reply (shell) and `idle` (iopub) are there: they travel on different
 * sockets, and outputs arrive before `idle`, not before the reply.
 */
export async function connect(
  kernel: KernelProcess,
  onPublished: (message: Message) => void,
  times?: typeof clientDefaults,
): Promise<Client>;
export async function connect(
  kernel: KernelProcess,
  onPublished: (message: Message) => void,
  times: typeof clientDefaults,
  stop: AbortSignal,
): Promise<Client | undefined>;
export async function connect(
  kernel: KernelProcess,
  onPublished: (message: Message) => void,
  { startTimeout, retry } = clientDefaults,
  stop?: AbortSignal,
): Promise<Client | undefined> {
  const { connection } = kernel;
  const session = randomUUID();
  const options = { linger: 0, sendTimeout: 0, sendHighWaterMark: 0 };
  const sockets = {
    shell: new Dealer({ ...options, routingId: session }),
    control: new Dealer({ ...options, routingId: session }),
  };
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  const waiting = new Map<string, Waiting>();

  const settle = (id: string, change: Partial<Waiting>): void => {
    const entry = waiting.get(id);
    if (!entry) return;
    Object.assign(entry, change);
    if (!entry.reply || !entry.idle) return;
    waiting.delete(id);
    entry.resolve(entry.reply);
  };
  const listen = async (socket: Dealer | Subscriber, take: (message: Message) => void): Promise<void> => {
    for await (const frames of socket) {
      const decoded = decode(frames, connection.key);
      if (decoded.kind === "message") take(decoded.message);
    }
  };
  const request: Client["request"] = (channel, type, content, id = randomUUID()) => {
    const frames = encode(
      { routing: [], header: newHeader(type, session, "runner", id), parent: {}, metadata: {}, content },
      connection.key,
    );
    return new Promise((resolve, reject) => {
      waiting.set(id, { idle: false, resolve });
      sockets[channel].send(frames).catch(reject);
    });
  };
  const close = (): void => [sockets.shell, sockets.control, iopub].forEach((socket) => socket.close());

  for (const channel of ["shell", "control"] as const) {
    sockets[channel].connect(address(connection, channel));
    void listen(sockets[channel], ({ parent, content }) => settle(parent.msg_id ?? "", { reply: content }));
  }
  iopub.connect(address(connection, "iopub"));
  iopub.subscribe();
  void listen(iopub, (message) => {
    if (message.header.msg_type !== "status") onPublished(message);
    else if (message.content["execution_state"] === "idle") settle(message.parent.msg_id ?? "", { idle: true });
  });

  // What a kernel publishes before our subscription has reached it is lost, so greet until one greeting is
  // answered on both sockets.
  const given = performance.now() + startTimeout * 1000;
  try {
    while (performance.now() < given) {
      if (stop?.aborted) return (close(), undefined);
      const greeting = request("shell", "kernel_info_request", {});
      const info = await Promise.race([greeting, sleep(retry, undefined, { ref: false }), kernel.death]);
      if (info) return { info, request, close };
    }
  } catch (error) {
    close();
    throw error;
  }
  close();
  throw new KernelDied(
    `the kernel did not answer within ${startTimeout} s. Is the machine busy, or is the build (dist/) broken? ` +
      `Try \`npm run build\`.`,
  );
}
