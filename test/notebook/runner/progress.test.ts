import { test } from "uvu";
import * as assert from "uvu/assert";
import { newHeader } from "../../../lib/notebook/kernel/wire/messages";
import type { NotebookCell } from "../../../lib/notebook/runner/nbformat";
import { progress } from "../../../lib/notebook/runner/progress";

const cell: NotebookCell = {
  cell_type: "code",
  id: "c",
  metadata: {},
  source: ['import { x } from "y";\n', "// why\n", "train();"],
};

function bench(tty: boolean) {
  let text = "";
  let time = 0;
  const shown = progress({ write: (more) => void (text += more), tty, columns: 40, now: () => time });
  const say = (type: string, content: object): void =>
    shown.onOutput({ header: newHeader(type, "s", "u"), content: content as Record<string, unknown> });
  return {
    print: (line: string) => say("stream", { name: "stdout", text: line }),
    bar: (line: string) =>
      say("update_display_data", { data: { "text/plain": line }, transient: { display_id: "bar" } }),
    result: (line: string) => say("execute_result", { data: { "text/plain": line } }),
    end: () => shown.onCell({ index: 4, of: 9, status: "ok", seconds: 1.25 }, cell),
    wait: (ms: number) => void (time += ms),
    text: () => text,
  };
}

test("on a terminal an updated display rewrites its line", () => {
  const { print, bar, end, text } = bench(true);
  bar("step 1");
  bar("step 2");
  print("hello\n");
  end();
  assert.is(text(), "\r\x1b[2Kstep 1\r\x1b[2Kstep 2\nhello\n[5/9] 1.3 s  train();\n");
});

test("in a log it writes a line now and then, and its last state", () => {
  const { bar, end, wait, text } = bench(false);
  bar("step 1");
  bar("step 2");
  wait(10_000);
  bar("step 3");
  bar("step 4");
  end();
  assert.is(text(), "step 1\nstep 3\nstep 4\n[5/9] 1.3 s  train();\n");
});

test("results are shown, long ones in part", () => {
  const { print, result, text } = bench(false);
  print("no end of line");
  result(Array.from({ length: 25 }, (_, i) => `${i}`).join("\n"));
  assert.ok(text().startsWith("no end of line\n0\n1\n"));
  assert.ok(text().endsWith("\n19\n… 5 more lines\n"));
});

test("a warning is written once a cell, above the progress line, also while its numbers change", () => {
  for (const tty of [true, false]) {
    const { bar, end, wait, text } = bench(tty);
    const warning = (percent: number) => `Warning: ${percent} % of the answers were malformed in the last 5 steps.`;
    bar("step 1");
    for (const [i, percent] of [87, 85, 91.5].entries()) {
      wait(10_000);
      bar(`step ${i + 2}\n${warning(percent)}`);
    }
    assert.is(text().split("Warning:").length - 1, 1);
    assert.match(text(), `\n${warning(87)}\n`.slice(tty ? 0 : 1));
    assert.ok(text().includes("step 4"));
    end();
    bar(`step 1\n${warning(87)}`);
    assert.is(text().split("Warning:").length - 1, 2);
  }
});

test.run();
