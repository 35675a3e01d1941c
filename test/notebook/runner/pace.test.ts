import { test } from "uvu";
import * as assert from "uvu/assert";
import { newHeader } from "../../../lib/notebook/kernel/wire/messages";
import { createPace, stopLine } from "../../../lib/notebook/runner/pace";

function bench() {
  let time = 0;
  const pace = createPace(() => time);
  const say = (type: string, id?: string) =>
    pace.see({
      header: newHeader(type, "s", "u"),
      content: { data: {}, transient: id === undefined ? {} : { display_id: id } },
    });
  return { pace, say, wait: (seconds: number) => void (time += seconds * 1000) };
}

test("what a step still takes is the mean of the last ones less what it has had", () => {
  const { pace, say, wait } = bench();
  say("display_data", "run");
  assert.is(pace.left(), undefined); // no step has ended yet
  wait(50);
  say("update_display_data", "run");
  wait(30);
  say("update_display_data", "run");
  wait(5);
  assert.is(pace.left(), 35); // (50 + 30) / 2 − 5
  assert.is(stopLine(pace), "stopping after this step, about 35 s; Ctrl-C again to stop now");
  wait(36);
  assert.is(pace.left(), 0); // 41 s: a little late
  wait(40);
  assert.is(pace.left(), undefined); // 81 s > 2 · 40: this is no such step
  assert.is(stopLine(pace), "stopping after this step; Ctrl-C again to stop now");
});

test("a cell that redraws nothing has no steps, and another cell's steps are forgotten", () => {
  const { pace, say, wait } = bench();
  say("display_data");
  say("stream");
  assert.is(stopLine(pace), "stopping the cell; Ctrl-C again to stop now");
  say("display_data", "run");
  wait(200);
  say("update_display_data", "run");
  assert.is(stopLine(pace), "stopping after this step, about 3 min; Ctrl-C again to stop now");
  pace.end();
  assert.is(stopLine(pace), "stopping the cell; Ctrl-C again to stop now");
});

test.run();
