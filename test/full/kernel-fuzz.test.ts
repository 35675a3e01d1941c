import { once } from "node:events";
import { connect as dial } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Dealer, Request } from "zeromq";
import { random, type Random } from "../../lib/core/random";
import { address, channels } from "../../lib/notebook/kernel/wire/connection";
import { decode, encode, newHeader, sign, type Content, type Message } from "../../lib/notebook/kernel/wire/messages";
import { connect } from "../../lib/notebook/runner/client";
import { ownKernel, startProcess } from "../../lib/notebook/runner/kernel-process";
import { built, notebooks, root } from "../notebook/runner/bench";
import { skip } from "../skip";

const evil = 'globalThis.pwned = (globalThis.pwned ?? 0) + 1; console.log("PWNED")';
const types = [
  "execute_request",
  "complete_request",
  "inspect_request",
  "is_complete_request",
  "history_request",
  "comm_open",
  "comm_msg",
  "comm_close",
  "comm_info_request",
  "interrupt_request",
  "kernel_info_request",
  "input_reply",
  "debug_request",
  "shutdown_request",
  "",
  "__proto__",
];
const whole = (rng: Random, below: number): number => Math.floor(rng.next() * below);
const bytes = (rng: Random, most: number): Buffer =>
  Buffer.from(Array.from({ length: whole(rng, most) }, () => whole(rng, 256)));

/** A message that a stranger could send: mis-signed, truncated, or nonsense. None may be acted upon. */
function forged(rng: Random, key: string): (Buffer | string)[] {
  const type = types[whole(rng, types.length)]!;
  const message: Message = {
    routing: [],
    header: newHeader(type, "s", "stranger", String(rng.next())),
    parent: {},
    metadata: {},
    content: { code: evil, restart: false, cursor_pos: 3 },
  };
  const frames = encode(message, key);
  const signed = frames.slice(2);
  switch (whole(rng, 7)) {
    case 0:
      return encode(message, "another key");
    case 1:
      return ["<IDS|MSG>", "", ...signed]; // unsigned
    case 2:
      return ["<IDS|MSG>", sign(signed, key).slice(0, whole(rng, 64)), ...signed];
    case 3:
      return frames.slice(0, whole(rng, frames.length)); // truncated
    case 4:
      return frames
        .map((frame, i) => (i === 2 + whole(rng, 4) ? bytes(rng, 60) : frame))
        .map((frame, i) => (i === 1 ? "0".repeat(64) : frame));
    case 5:
      return Array.from({ length: 1 + whole(rng, 8) }, () => bytes(rng, 80));
    default:
      return ["<IDS|MSG>", sign(["x"], key), ...Array.from({ length: whole(rng, 6) }, () => bytes(rng, 40))];
  }
}

/**
 * A message with the right key and a wrong content: answered or ignored, never fatal. `shutdown_request` is left out.
 */
function odd(rng: Random, key: string): (Buffer | string)[] {
  const values: unknown[] = [undefined, null, 0, -1, 1e30, "", "x", [], {}, true];
  const any = (): unknown => values[whole(rng, values.length)];
  const content: Content = {
    code: rng.next() < 0.5 ? any() : undefined,
    cursor_pos: any(),
    hist_access_type: any(),
    n: any(),
    start: any(),
    pattern: any(),
    user_expressions: any(),
    comm_id: any(),
    value: any(),
  };
  const type = types.filter((name) => name !== "shutdown_request")[whole(rng, types.length - 1)]!;
  return encode({ routing: [], header: newHeader(type, "s", "odd"), parent: {}, metadata: {}, content }, key);
}

test("10,000 malformed or mis-signed messages leave the kernel alive and execute nothing", async () => {
  if (!built) return skip("not built (npm run build); the kernel runs from dist/");
  const kernel = await startProcess(ownKernel(root), notebooks);
  const published: Message[] = [];
  const client = await connect(kernel, (message) => void published.push(message));
  const valueOf = async (code: string): Promise<unknown> => {
    for (let reply: Content = {}; reply["status"] !== "ok"; ) {
      published.length = 0; // interrupts are among the odd messages: what they skip or stop is sent again
      reply = await client.request("shell", "execute_request", {
        code,
        silent: false,
        store_history: true,
        stop_on_error: false,
      });
    }
    const result = published.find(({ header }) => header.msg_type === "execute_result");
    return (result?.content["data"] as Content | undefined)?.["text/plain"];
  };
  try {
    assert.is(await valueOf("6 * 7"), "42");
    const rng = random(1).fork("fuzz");
    const { key } = kernel.connection;
    const sockets = await Promise.all(
      (["shell", "control", "stdin"] as const).map(async (channel) => {
        const socket = new Dealer({ linger: 1000, sendHighWaterMark: 0 });
        socket.connect(address(kernel.connection, channel));
        return socket;
      }),
    );
    for (let i = 0; i < 10_000; i++) await sockets[i % 3]!.send(forged(rng, key));
    for (let i = 0; i < 500; i++) await sockets[i % 3]!.send(odd(rng, key));
    // Below the protocol: what is not ZeroMQ at all, and connections that break off.
    for (const channel of channels) {
      for (const start of ["GET / HTTP/1.1\r\n\r\n", "\u00ff\0\0\0\0\0\0\0\u0001\u007f", "\u00ff\0\0"]) {
        const line = dial(kernel.connection[`${channel}_port`], "127.0.0.1");
        line.on("error", () => undefined); // the kernel may hang up
        await once(line, "connect");
        line.write(Buffer.from(start, "latin1"));
        await sleep(5);
        line.destroy();
      }
    }
    assert.is(await valueOf('String("pwned" in globalThis)'), "false");
    assert.not.ok(published.some(({ content }) => String(content["text"]).includes("PWNED")));
    const heart = new Request({ linger: 0, receiveTimeout: 5000 });
    heart.connect(address(kernel.connection, "hb"));
    await heart.send("still there?");
    assert.is(String((await heart.receive())[0]), "still there?");
    heart.close();
    for (const socket of sockets) socket.close();

    // A copy of a signed message is refused too: it runs once.
    const copier = new Dealer({ linger: 1000 });
    copier.connect(address(kernel.connection, "shell"));
    for (let status: unknown; status !== "ok"; ) {
      const twice = encode(
        {
          routing: [],
          header: newHeader("execute_request", "s", "copy"),
          parent: {},
          metadata: {},
          content: { code: "globalThis.ran = ((globalThis as any).ran ?? 0) + 1; 0" },
        },
        key,
      );
      await copier.send(twice);
      await copier.send(twice);
      const reply = decode(await copier.receive(), key);
      status = reply.kind === "message" ? reply.message.content["status"] : undefined;
      if (status === "error") assert.unreachable(JSON.stringify(reply));
    }
    assert.is(await valueOf("(globalThis as any).ran"), "1");
    copier.close();
  } finally {
    await client.request("control", "shutdown_request", { restart: false });
    await kernel.death.catch(() => undefined);
    client.close();
    kernel.clean();
  }
});

test.run();
