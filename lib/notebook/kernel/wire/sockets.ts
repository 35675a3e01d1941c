import { Publisher, Reply, Router } from "zeromq";
import { address, channels, type Connection } from "./connection";
import { encode, newHeader, type Content, type Message } from "./messages";

export interface Sockets {
  readonly iopub: Publisher;
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly hb: Reply;
}

/** What a message answers: its header and, for replies, the way back. */
export type Cause = Pick<Message, "header" | "routing"> | undefined;

/** Sends one message at once; `cause` is the request that led to it. */
export type Send = (
  channel: "iopub" | "shell" | "control" | "stdin",
  type: string,
  content: Content,
  cause: Cause,
) => void;

/**
 * Opens the five sockets of a kernel.
 *
 * `sendTimeout: 0` makes every send immediate. Otherwise the 513th send of one turn of the event loop is
 * deferred and those after it throw EBUSY: a cell that prints a thousand lines would lose half of them.
 */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const options = { sendTimeout: 0, sendHighWaterMark: 0, linger: 500 };
  const sockets: Sockets = {
    iopub: new Publisher(options),
    shell: new Router(options),
    control: new Router(options),
    stdin: new Router(options),
    hb: new Reply({ linger: 0 }),
  };
  for (const channel of channels) await sockets[channel].bind(address(connection, channel));
  return sockets;
}

/** A `Send` over these sockets; `complain` hears of messages that could not leave. */
export function sender(sockets: Sockets, key: string, session: string, complain: (text: string) => void): Send {
  return (channel, type, content, cause) => {
    const routing = channel === "iopub" ? [Buffer.from(type)] : (cause?.routing ?? []);
    const frames = encode(
      { routing, header: newHeader(type, session, "kernel"), parent: cause?.header ?? {}, metadata: {}, content },
      key,
    );
    sockets[channel].send(frames).catch((error: Error) => complain(`${type} could not be sent: ${error.message}\n`));
  };
}

/** Answers heartbeats until the socket closes: a client sees that the process lives, even between cells. */
export async function beat(socket: Reply): Promise<void> {
  for await (const frames of socket) await socket.send(frames);
}
