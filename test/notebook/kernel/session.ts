import { connect, type Client } from "../../../lib/notebook/runner/client";
import { ownKernel, startProcess, type KernelProcess } from "../../../lib/notebook/runner/kernel-process";
import type { Content, Message } from "../../../lib/notebook/kernel/wire/messages";
import { notebooks, root } from "../runner/bench";

/** What a cell came to, as a person sees it. */
export interface Seen {
  readonly status: string;
  readonly value: string | undefined; // text of its last expression
  readonly data: Content; // all forms of its last expression
  readonly error: string; // its traceback
  readonly text: string; // what it printed, both streams
  readonly seconds: number;
}

/** A kernel of our own for the tests of one file. */
export interface Session {
  readonly kernel: KernelProcess;
  readonly client: Client;
  readonly published: Message[]; // of the present cell
  run(code: string, more?: Content): Promise<Seen>;
  close(): Promise<void>;
}

export async function openSession(folder = notebooks): Promise<Session> {
  const kernel = await startProcess(ownKernel(root), folder);
  const published: Message[] = [];
  const client = await connect(kernel, (message) => void published.push(message));
  const contents = (type: string): Content[] =>
    published.filter(({ header }) => header.msg_type === type).map(({ content }) => content);
  return {
    kernel,
    client,
    published,
    async run(code, more = {}) {
      published.length = 0;
      const from = performance.now();
      const reply = await client.request("shell", "execute_request", {
        code,
        silent: false,
        store_history: true,
        stop_on_error: false,
        ...more,
      });
      const data = (contents("execute_result")[0]?.["data"] ?? {}) as Content;
      return {
        status: String(reply["status"]),
        value: data["text/plain"] as string | undefined,
        data,
        error: ((reply["traceback"] ?? []) as string[]).join("\n"),
        text: contents("stream")
          .map(({ text }) => text)
          .join(""),
        seconds: (performance.now() - from) / 1000,
      };
    },
    async close() {
      await client.request("control", "shutdown_request", { restart: false }).catch(() => undefined);
      await kernel.death.catch(() => undefined);
      client.close();
      kernel.clean();
    },
  };
}
