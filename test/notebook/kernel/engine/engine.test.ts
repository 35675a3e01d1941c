import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Dealer } from "zeromq";
import { address } from "../../../../lib/notebook/kernel/wire/connection";
import { decode, encode, newHeader, type Content, type Message } from "../../../../lib/notebook/kernel/wire/messages";
import { connect, type Client } from "../../../../lib/notebook/runner/client";
import { ownKernel, startProcess, type KernelProcess } from "../../../../lib/notebook/runner/kernel-process";
import { built, notebooks, root } from "../../runner/bench";
import { skip } from "../../../skip";

if (!built)
  test("the kernel runs cells in a process of its own", () =>
    skip("not built (npm run build); the kernel runs from dist/"));
else {
  let kernel: KernelProcess;
  let client: Client;
  const published: Message[] = [];
  const run = (code: string, more: Content = {}): Promise<Content> => {
    published.length = 0;
    return client.request("shell", "execute_request", {
      code,
      silent: false,
      store_history: true,
      stop_on_error: true,
      ...more,
    });
  };
  const valueOf = async (code: string): Promise<unknown> => {
    await run(code);
    const result = published.find(({ header }) => header.msg_type === "execute_result");
    return (result?.content["data"] as Content | undefined)?.["text/plain"];
  };
  const errorOf = async (code: string): Promise<string> => ((await run(code))["traceback"] as string[]).join("\n");
  const interrupted = async (code: string): Promise<Content> => {
    const reply = run(`console.log("now"); ${code}`);
    while (!published.some(({ content }) => content["text"] === "now\n")) await sleep(20);
    kernel.interrupt();
    return reply;
  };

  // Packages that only import() can load, as an own project would have them.
  const packages = path.join(root, "node_modules", "@deepretrieval-test");
  const addPackage = (name: string, files: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(packages, name, file)), { recursive: true });
      writeFileSync(path.join(packages, name, file), text);
    }
  };

  test.before(async () => {
    const manifest = (entry: object): string => JSON.stringify({ type: "module", exports: { ".": entry } });
    addPackage("only", {
      "package.json": manifest({ import: { types: "./types/index.d.ts", default: "./i.js" } }),
      "types/index.d.ts": "export const who: string; declare const twice: (n: number) => number; export default twice;",
      "i.js": 'export const who = "esm"; export default (n) => n * 2;',
    });
    addPackage("waits", {
      "package.json": manifest({ types: "./i.d.ts", default: "./i.js" }),
      "i.d.ts": "export const v: number;",
      "i.js": "await 0; export const v = 7;",
    });
    process.env["NODE_OPTIONS"] = "--max-old-space-size=500"; // for the cell that exhausts it
    kernel = await startProcess(ownKernel(root), notebooks);
    client = await connect(kernel, (message) => void published.push(message));
  });
  test.after(async () => {
    await client.request("control", "shutdown_request", { restart: false }).catch(() => undefined);
    await kernel.death.catch(() => undefined);
    client.close();
    kernel.clean();
    delete process.env["NODE_OPTIONS"];
    rmSync(packages, { recursive: true, force: true });
  });

  test("a let is one variable for every cell and for the functions beside it", async () => {
    await run("let c = 1; function inc() { c++; return c }");
    assert.is(await valueOf("c = 50; inc()"), "51");
    assert.is(await valueOf("c"), "51");
    await run("const c = 'new';");
    assert.is(await valueOf("c"), "new");
  });

  test("a cell that fails half way leaves what it had come to", async () => {
    await run("const kept = 'before'; const later = 'before';");
    await run("const kept = 1; if (kept) throw new Error('x'); const later = 2;");
    assert.is(await valueOf("[kept.toFixed(1), later.toUpperCase()]"), "[ '1.0', 'BEFORE' ]");
  });

  test("traces name lines of the cell as typed", async () => {
    const code = [
      "interface Unseen { readonly a: number }",
      "",
      "function boom(x: number) {",
      "  const y: Unseen = { a: x };",
      "  throw new RangeError(`no ${y.a}`);",
      "}",
      "for (const i of [3]) boom(i);",
    ].join("\n");
    const trace = await errorOf(code);
    assert.match(trace, /^RangeError: no 3\n {4}at boom \(cell \[\d+\]:5:9\)\n {4}at cell \[\d+\]:7:22$/);
    assert.match(await errorOf("boom(1)"), /at boom \(cell \[\d+\]:5:9\)\n {4}at cell \[\d+\]:1:1$/);
  });

  test("packages that exist only as ES modules load, with types, statically and dynamically", async () => {
    assert.is(await valueOf("import twice, { who } from '@deepretrieval-test/only'; [twice(4), who]"), "[ 8, 'esm' ]");
    assert.is(await valueOf("import { v } from '@deepretrieval-test/waits'; v"), "7");
    assert.is(await valueOf("const later2 = await import('@deepretrieval-test/only'); later2.default(5)"), "10");
    assert.match(await errorOf("twice('x')"), /Argument of type 'string' is not assignable/);
  });

  test("first awaits of any shape, exported declarations and JSON with an attribute are taken", async () => {
    assert.is(await valueOf("await (async () => 5)()"), "5");
    assert.is(await valueOf("for await (const x of [1]) x; 'done'"), "done");
    assert.is(await valueOf("export const e = 5; export function f() { return e }\nf()"), "5");
    assert.is(await valueOf("import pkg from '../package.json' with { type: 'json' }; pkg.name"), "deepretrieval");
    assert.is(await valueOf("const fs = await import('node:fs'); typeof fs.readFileSync"), "function");
  });

  test("user_expressions are evaluated after the cell, each with its value or its error", async () => {
    const { user_expressions } = (await run("const n = 20;", { user_expressions: { sum: "n + 1", bad: "n.x.y" } })) as {
      user_expressions: Record<string, Content>;
    };
    assert.equal(user_expressions["sum"]?.["data"], { "text/plain": "21" });
    assert.is(user_expressions["bad"]?.["status"], "error");
  });

  test("history holds values, by range and by pattern", async () => {
    await run("1000 + 1");
    const search = await client.request("shell", "history_request", {
      hist_access_type: "search",
      pattern: "1000*",
      output: true,
      unique: true,
    });
    assert.equal((search["history"] as unknown[][])[0]?.[2], ["1000 + 1", "1001"]);
  });

  test("a busy loop is stopped, before an await and after one, and the next cell goes on with its state", async () => {
    await run("const state = { n: 0 };");
    assert.is((await interrupted("while (true) state.n++"))["ename"], "Interrupted");
    assert.is(
      (
        await interrupted(
          "await null; await new Promise((r) => setTimeout(r, 5)); while (true) { try { while (true) state.n++; " +
            "} catch {} }",
        )
      )["ename"],
      "Interrupted",
    );
    assert.is(await valueOf("state.n > 1000"), "true");
  });

  test("heartbeat, control and Tab answer while a cell is busy or right after", async () => {
    const reply = run("const until = Date.now() + 800; while (Date.now() < until);");
    await sleep(150);
    const from = performance.now();
    assert.is((await client.request("control", "kernel_info_request", {}))["status"], "ok");
    assert.ok(performance.now() - from < 500, `control answered after ${performance.now() - from} ms`);
    await reply;
  });

  test("training that honours its signal returns what it has, and the next cell continues it", async () => {
    await run(
      "const log: number[] = []; let stepsDone = 0; async function* train() { for (;;) { await new Promise((r) " +
        "=> setTimeout(r, 20)); stepsDone++; yield { step: stepsDone, loss: 1 / stepsDone }; } }",
    );
    const reply = run("import { watch } from 'deepretrieval'; const first = await watch(train(), { every: 0 });");
    const drawings = (): number => published.filter(({ header }) => header.msg_type === "update_display_data").length;
    while (drawings() < 3) await sleep(50);
    kernel.interrupt();
    assert.is((await reply)["status"], "ok");
    assert.is(await valueOf("first.length > 0 && first.length === stepsDone"), "true");
    await run("for await (const { step } of train()) { if (step > first.length + 3) break; }");
    assert.is(await valueOf("stepsDone - first.length"), "4");
  });

  test("input() asks the reader, and says so where nobody can answer", async () => {
    assert.match(await errorOf("await input('name? ')"), /nobody can answer here/);
    const { key } = kernel.connection;
    const sockets = [
      new Dealer({ linger: 0, routingId: "reader" }),
      new Dealer({ linger: 0, routingId: "reader" }),
    ] as const;
    const [shell, stdin] = sockets;
    shell.connect(address(kernel.connection, "shell"));
    stdin.connect(address(kernel.connection, "stdin"));
    await stdin.send(
      encode({ routing: [], header: newHeader("hello", "s", "reader"), parent: {}, metadata: {}, content: {} }, key),
    ); // so that the kernel knows the way
    await sleep(50);
    published.length = 0;
    await shell.send(
      encode(
        {
          routing: [],
          header: newHeader("execute_request", "s", "reader"),
          parent: {},
          metadata: {},
          content: { code: "(await input('name? ')).toUpperCase()", allow_stdin: true },
        },
        key,
      ),
    );
    const asked = decode(await stdin.receive(), key);
    assert.equal(asked.kind === "message" && [asked.message.header.msg_type, asked.message.content], [
      "input_request",
      { prompt: "name? ", password: false },
    ]);
    await stdin.send(
      encode(
        {
          routing: [],
          header: newHeader("input_reply", "s", "reader"),
          parent: {},
          metadata: {},
          content: { value: "ada" },
        },
        key,
      ),
    );
    await shell.receive();
    await sleep(50);
    assert.ok(published.some(({ content }) => (content["data"] as Content | undefined)?.["text/plain"] === "ADA"));
    for (const socket of sockets) socket.close();
  });

  test("what a program prints that a cell starts is the cell's output", async () => {
    await run(
      "import { execSync } from 'node:child_process'; execSync('echo from a program', { stdio: 'inherit' }); null",
    );
    await sleep(100);
    assert.ok(published.some(({ content }) => String(content["text"]).includes("from a program")));
  });

  test("a cell that ends its process is told so; the kernel lives, and what was printed before is kept", async () => {
    const trace = await errorOf("for (let i = 0; i < 5000; i++) console.log(i); process.exit(3)");
    assert.match(
      trace,
      /ProcessExited: the cell ended its process with exit code 3.*run the notebook again from the top/,
    );
    assert.match(
      published
        .filter(({ header }) => header.msg_type === "stream")
        .map(({ content }) => content["text"])
        .join(""),
      /\n4999\n$/,
    );
    assert.is(await valueOf("typeof (globalThis as any).nothing + 1"), "undefined1");
  });

  test("a cell that exhausts memory is told so, and the kernel lives", async () => {
    assert.match(
      await errorOf("const hoard: number[][] = []; while (true) hoard.push(new Array(1e5).fill(hoard.length));"),
      /OutOfMemory: the cell needed more memory than the \d+ MB.*max-old-space-size/,
    );
    assert.is(await valueOf("1 + 1"), "2");
  });
}

test.run();
