import { test } from "uvu";
import * as assert from "uvu/assert";
import { built } from "../../runner/bench";
import { openSession, type Session } from "../session";

/** Tab, hover and Shift-Tab in a cell that is still being written; `|` is the cursor. */

if (!built) test("completion", () => console.log("skipped: not built (npm run build); the kernel runs from dist/"));
else {
  let session: Session;
  test.before(async () => {
    session = await openSession();
    await session.run(
      'import { ppo, useBackend } from "deepretrieval"; declare const policy: any; declare const task: any; ' +
        'function mode(how: "fast" | "slow", options: { kind?: "aa" | "bb" } = {}) { return how }',
    );
  });
  test.after(() => session.close());

  const at = (marked: string) => ({ code: marked.replace("|", ""), cursor_pos: marked.indexOf("|") });
  /** The cell after the first candidate is taken, and all candidates. */
  const complete = async (marked: string): Promise<[taken: string, all: readonly string[]]> => {
    const { matches, cursor_start, cursor_end } = (await session.client.request(
      "shell",
      "complete_request",
      at(marked),
    )) as { matches: string[]; cursor_start: number; cursor_end: number };
    const { code } = at(marked);
    return [code.slice(0, cursor_start) + (matches[0] ?? "") + code.slice(cursor_end), matches];
  };
  const inspect = async (marked: string): Promise<string> => {
    const { data } = await session.client.request("shell", "inspect_request", { ...at(marked), detail_level: 0 });
    return String((data as { "text/plain"?: string })["text/plain"] ?? "");
  };

  test("names of options, in objects that are closed or not", async () => {
    assert.is((await complete("ppo(policy, task, { kl|"))[0], "ppo(policy, task, { klCoefficient");
    assert.is(
      (await complete("ppo(policy, task, { steps: 3, kl| })"))[0],
      "ppo(policy, task, { steps: 3, klCoefficient })",
    );
    assert.ok((await complete("ppo(policy, task, { |"))[1].includes("learningRate"));
    assert.not.ok((await complete("ppo(policy, task, { steps: 3, |"))[1].includes("steps"));
  });

  test("strings of known values, with what is typed of them replaced", async () => {
    assert.equal((await complete('mode("|'))[1], ["fast", "slow"]);
    assert.is((await complete('mode("sl|")'))[0], 'mode("slow")');
    assert.is((await complete('useBackend("was|'))[0], 'useBackend("wasm');
    assert.is((await complete('mode("fast", { kind: "b|'))[0], 'mode("fast", { kind: "bb');
    assert.is((await complete('const é = "日本"; mode("f|")'))[0], 'const é = "日本"; mode("fast")');
  });

  test("files, in the name of a module", async () => {
    assert.is((await complete('import { x } from "../lib/tr|"'))[0], 'import { x } from "../lib/training/"');
    assert.ok((await complete('import { x } from "../lib/core/r|'))[1].includes("../lib/core/random"));
  });

  test("an option says what it is, `name?` what a function does, and inside a call what it expects", async () => {
    assert.match(
      await inspect("ppo(policy, task, { klCoefficient|: 0 })"),
      /klCoefficient\?: number\n+.*β of the k1 penalty/,
    );
    assert.match(await inspect("ppo|"), "Proximal policy optimisation");
    assert.match(await inspect("ppo(|"), "ppo(«policy: Policy», task: Task");
    assert.match(await inspect('mode("fast", |'), "«options?: {");
    const { payload } = (await session.client.request("shell", "execute_request", { code: "ppo?", silent: false })) as {
      payload: { data: { "text/plain": string } }[];
    };
    assert.match(payload[0]!.data["text/plain"], "Proximal policy optimisation");
  });
}

test.run();
