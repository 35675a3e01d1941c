import { test } from "uvu";
import * as assert from "uvu/assert";
import { Dealer } from "zeromq";
import { address } from "../../../lib/notebook/kernel/wire/connection";
import { encode, newHeader, type Content, type Message } from "../../../lib/notebook/kernel/wire/messages";
import { connect, type Client } from "../../../lib/notebook/runner/client";
import { ownKernel, startProcess, type KernelProcess } from "../../../lib/notebook/runner/kernel-process";
import { built, notebooks, root } from "../runner/bench";
import { skip } from "../../skip";

test("a package without a kernel is named", () => {
  assert.throws(() => ownKernel("/nowhere"), /\/nowhere\/kernels\/deepretrieval\/kernel.json is missing/);
});

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else {
  let kernel: KernelProcess;
  let client: Client;
  const published: Message[] = [];
  const ask = (type: string, content: Content): Promise<Content> => client.request("shell", type, content);
  const run = (code: string): Promise<Content> =>
    ask("execute_request", { code, silent: false, store_history: true, stop_on_error: true });

  test.before(async () => {
    kernel = await startProcess(ownKernel(root), notebooks);
    client = await connect(kernel, (message) => void published.push(message));
  });
  test.after(async () => {
    await client.request("control", "shutdown_request", { restart: false }).catch(() => undefined);
    await kernel.death.catch(() => undefined);
    client.close();
    kernel.clean();
  });

  test("the kernel says what it is", () => {
    assert.equal(
      [client.info["status"], client.info["implementation"], client.info["protocol_version"]],
      ["ok", "deepretrieval", "5.3"],
    );
  });

  test("names of earlier cells are completed, and the cursor counts code points", async () => {
    await run("const question = 'aspirin'; const 𝒳 = { recallAt: 1 };");
    const first = await ask("complete_request", { code: "ques", cursor_pos: 4 });
    assert.ok((first["matches"] as string[]).includes("question"));
    const code = "'🧬'; ({ recallAt: 1 }).rec"; // 23 code points before `rec`: the picture is one, and two UTF-16 units
    const second = await ask("complete_request", { code, cursor_pos: Array.from(code).length });
    assert.equal(
      [(second["matches"] as string[])[0], second["cursor_start"], second["cursor_end"]],
      ["recallAt", 23, 26],
    );
  });

  test("what follows an import of this repository is completed", async () => {
    const code = 'import * as limit from "../lib/core/calls/limit"; limit.map';
    assert.ok(
      ((await ask("complete_request", { code, cursor_pos: code.length }))["matches"] as string[]).includes("mapLimit"),
    );
  });

  test("a name is explained by its type", async () => {
    const { found, data } = await ask("inspect_request", { code: "question", cursor_pos: 3, detail_level: 0 });
    assert.is(found, true);
    assert.match((data as Record<string, string>)["text/plain"]!, /const question: "aspirin"/);
    assert.is((await ask("inspect_request", { code: "   ", cursor_pos: 1, detail_level: 0 }))["found"], false);
  });

  test("an open block is incomplete", async () => {
    assert.equal(await ask("is_complete_request", { code: "for (;;) {" }), { status: "incomplete", indent: "  " });
    assert.equal(await ask("is_complete_request", { code: "1 + 1" }), { status: "complete" });
  });

  test("history holds the cells that ran", async () => {
    const { history } = await ask("history_request", { hist_access_type: "tail", n: 1, output: false, raw: true });
    assert.match((history as string[][])[0]![2]!, "const question");
  });

  test("comms are answered: none are open, and one that is opened is closed", async () => {
    assert.equal(await ask("comm_info_request", {}), { status: "ok", comms: {} });
    void client.request("shell", "comm_open", { comm_id: "abc", target_name: "widget", data: {} });
    await run("1");
    assert.ok(
      published.some(({ header, content }) => header.msg_type === "comm_close" && content["comm_id"] === "abc"),
    );
  });

  test("a request that the kernel does not know is answered with an error", async () => {
    const reply = await ask("fly_request", {});
    assert.equal([reply["status"], reply["evalue"]], ["error", "this kernel does not know fly_request"]);
  });

  test("a message with a wrong signature executes nothing, and the kernel lives on", async () => {
    const stranger = new Dealer({ linger: 0 });
    stranger.connect(address(kernel.connection, "shell"));
    const header = newHeader("execute_request", "s", "stranger");
    await stranger.send(
      encode({ routing: [], header, parent: {}, metadata: {}, content: { code: "globalThis.pwned = 1" } }, "guess"),
    );
    await stranger.send(["nonsense"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    stranger.close();
    published.length = 0;
    await run('"pwned" in globalThis');
    const result = published.find(({ header: { msg_type } }) => msg_type === "execute_result");
    assert.equal((result!.content["data"] as Content)["text/plain"], "false");
  });

  test("cells behind an error are skipped only if they were sent before it was known", async () => {
    const [bad, queued] = await Promise.all([run("throw new Error('x')"), run("2")]);
    assert.equal([bad["status"], queued["status"]], ["error", "aborted"]);
    assert.is((await run("3"))["status"], "ok");
  });

  test("text printed later belongs to the cell that caused it", async () => {
    published.length = 0;
    await run("setTimeout(() => console.log('late'), 50); 0");
    await run("await new Promise((r) => setTimeout(r, 120)); 0");
    const [first] = published.filter(({ header: { msg_type } }) => msg_type === "execute_input");
    const late = published.find(({ header: { msg_type } }) => msg_type === "stream");
    assert.is(late?.parent.msg_id, first?.parent.msg_id);
  });
}

test.run();
