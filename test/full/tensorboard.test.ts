import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensorBoard } from "../../lib/training/sinks/tensorboard";
import { skip } from "../skip";
import { temporaryFolder } from "../fixtures";

/** A Python with the package `tensorboard`, such as that of a virtual environment. */
const python = process.env["DEEPRETRIEVAL_TEST_PYTHON"] ?? "python3";
const program = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
values = lambda tag: [[e.wall_time, e.step, e.value] for e in events.Scalars(tag)]
print(json.dumps({tag: values(tag) for tag in events.Tags()["scalars"]}))
`;

test("TensorBoard reads the figures of a run as they were written", () => {
  if (spawnSync(python, ["-c", "import tensorboard"]).status !== 0) return skip("no Python with tensorboard");
  const folder = temporaryFolder();
  const sink = tensorBoard(folder, () => 1.7e12);
  void sink.log([
    { step: 1, "reward/mean": -2.5, "reward/R@50": 0.25 },
    { step: 300, "reward/mean": 6, "actor/entropy": NaN },
  ]);
  const { stdout, stderr } = spawnSync(python, ["-c", program, folder], { encoding: "utf8" });
  assert.ok(stdout, stderr);
  assert.equal(JSON.parse(stdout), {
    "reward/mean": [
      [1.7e9, 1, -2.5],
      [1.7e9, 300, 6],
    ],
    "reward/R@50": [[1.7e9, 1, 0.25]],
  });
});

test.run();
