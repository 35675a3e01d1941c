import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../lib/setup/command";

const node = (script: string, options = {}) => run(process.execPath, ["-e", script], options);

test("a tool's exit code and what it said come back", async () => {
  const { code, stdout, output } = await node('console.log("out"); console.error("err"); process.exitCode = 3');
  assert.equal([code, stdout], [3, "out\n"]);
  assert.match(output, /err/);
});

test("a tool that is not there is code 127, one that takes too long 124", async () => {
  assert.is((await run("no-such-tool", [])).code, 127);
  assert.is((await node("setInterval(() => {}, 1000)", { seconds: 0.2 })).code, 124);
});

test("a tool is stopped once it has said what we wanted to know", async () => {
  const { match } = await node('console.log("Found link https://index/x.whl (from y)"); setInterval(() => {}, 1000)', {
    until: /Found link (\S+)/,
  });
  assert.is(match?.[1], "https://index/x.whl");
});

test.run();
