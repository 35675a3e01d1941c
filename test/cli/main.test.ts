import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { commands } from "../../lib/cli/main";
import { findResult } from "../../lib/cli/notebooks/result";
import { built, code, notebook } from "../notebook/runner/bench";
import { commandLine } from "./capture";
import { skip } from "../skip";

const folder = mkdtempSync(path.join(os.tmpdir(), "cli-"));
test.after(() => rmSync(folder, { recursive: true }));

test("an unknown command or option ends with exit code 2 and a way on", async () => {
  assert.equal(await commandLine("fly"), {
    exit: 2,
    out: "",
    err: 'deepretrieval: unknown command "fly"\nTry: deepretrieval --help\n',
  });
  const { exit, err } = await commandLine("nb", "run", "--colour", "x.ipynb");
  assert.is(exit, 2);
  assert.match(err, /--colour.*\nTry: deepretrieval nb run --help/s);
  assert.match((await commandLine("nb", "run")).err, /which notebook\?/);
  assert.match((await commandLine("nb", "run", "x.ipynb", "--timeout", "soon")).err, /--timeout is "soon"/);
});

test("help names every command", async () => {
  const { exit, out } = await commandLine("--help");
  assert.is(exit, 0);
  for (const { words } of commands) assert.match(out, `deepretrieval ${words.join(" ")}`);
});

test("a notebook that is missing or does not know a parameter is named", async () => {
  assert.match(
    (await commandLine("nb", "run", path.join(folder, "absent.ipynb"))).err,
    /absent.ipynb: not a readable notebook/,
  );
  const file = path.join(folder, "parameters.ipynb");
  writeFileSync(file, JSON.stringify(notebook(code("let steps = 3;", "parameters"))));
  const { exit, err } = await commandLine("nb", "run", file, "-p", "stepz=4");
  assert.is(exit, 2);
  assert.match(err, /unknown parameter "stepz". The notebook knows: steps \(3\)/);
});

test("the result is the last report that the notebook displayed", () => {
  const type = "application/vnd.deepretrieval.result+json";
  const shown = (p: number) => ({
    ...code(""),
    outputs: [
      { output_type: "display_data" as const, data: { [type]: { p }, "text/plain": [`p ${p}`] }, metadata: {} },
    ],
  });
  assert.equal(findResult(notebook(shown(1), "other", shown(2))), { json: '{"p":2}', table: "p 2" });
  assert.is(findResult(notebook("other")), undefined);
});

if (!built) skip("not built (npm run build); the kernel runs from dist/");
else
  test("nb run writes the executed notebook and its page, and fails where a cell does", async () => {
    const file = path.join(folder, "run.ipynb");
    writeFileSync(
      file,
      JSON.stringify(notebook(code("let steps = 3;", "parameters"), "steps * 2", 'throw new Error("no")')),
    );
    const html = path.join(folder, "new folder", "run.html");
    const { exit, out, err } = await commandLine("nb", "run", file, "-p", "steps=4", "--html", html, "--json");
    assert.is(exit, 1);
    const report = JSON.parse(out) as { status: string; notebook: string; cells: { status: string }[] };
    assert.equal([report.status, report.cells.map(({ status }) => status)], ["failed", ["ok", "ok", "ok", "error"]]);
    assert.match(err, /Error: no/);
    assert.ok(existsSync(report.notebook));
    assert.match(readFileSync(html, "utf8"), '<pre class="output">8</pre>');
  });

test.run();
