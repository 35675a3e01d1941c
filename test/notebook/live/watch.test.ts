import { inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";

import { type MimeBundle, provideCell } from "../../../lib/notebook/cell";
import { watch } from "../../../lib/notebook/live/watch";

interface Row {
  readonly step: number;
  readonly reward: number;
}

async function* steps(count: number, onEnd: () => void = () => undefined): AsyncGenerator<Row, void> {
  try {
    for (let step = 1; step <= count; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield { step, reward: step / 2 };
    }
  } finally {
    onEnd();
  }
}

/** Runs `body` in a cell that keeps what it shows, by id. */
async function inCell(
  body: (cancel: AbortController, drawn: MimeBundle[]) => Promise<void>,
  fail = false,
): Promise<Set<string | undefined>> {
  const [cancel, drawn, ids] = [new AbortController(), [] as MimeBundle[], new Set<string | undefined>()];
  provideCell(() => ({
    signal: cancel.signal,
    display(data, options) {
      if (fail && "text/html" in data) throw new Error("output is full");
      drawn.push(data);
      ids.add(options?.id);
    },
  }));
  try {
    await body(cancel, drawn);
  } finally {
    provideCell(() => undefined);
  }
  return ids;
}

test("time left is that of the rows this run made: those that an earlier run made came at once", async () => {
  let made = 0;
  const rows = (async function* () {
    for (let i = 1; i <= 6; i++) {
      if (i > 4) await new Promise((resolve) => setTimeout(resolve, 100)); // the first four are repeated
      made = i;
      yield { system: "a", recall: 0.5 };
    }
  })();
  const run = Object.defineProperty(Object.assign(rows, { total: 8, label: "query" }), "repeated", {
    get: () => Math.min(4, made),
  });
  await inCell(async (_, drawn) => {
    await watch(run, { every: 0 });
    const lines = drawn.map((data) => String(data["text/plain"]));
    assert.match(lines[4]!, /^query 4\/8 .*  starting$/);
    const [, each, unit] = /  ([\d.]+) (m?s)\/query {2}finished/.exec(lines.at(-1)!)!;
    const seconds = Number(each) / (unit === "ms" ? 1000 : 1);
    assert.ok(seconds >= 0.095, `${seconds} s a query`); // 0.2 s or more for two, not for six
  });
});

test("watch returns the steps, prints as one line, and redraws one display", async () => {
  const ids = await inCell(async (_, drawn) => {
    const history = await watch(steps(4), { total: 4, every: 0 });
    assert.equal(
      history.map((row) => row.step),
      [1, 2, 3, 4],
    );
    assert.is(inspect(history), "4 steps: reward 0.5 → 2");
    assert.is(drawn.length, 6); // before the first, after each of four, at the end
    assert.match(String(drawn[0]!["text/plain"]), "step 0/4 ░░░░░░░░░░░░  starting");
    assert.match(String(drawn[5]!["text/plain"]), /^step 4\/4 ████████████  reward 2 .* finished after/);
  });
  assert.is(ids.size, 1);
});

test("drawing waits `every` seconds", async () => {
  await inCell(async (_, drawn) => {
    await watch(steps(50), { every: 100 });
    assert.is(drawn.length, 3); // before the first step, after it, at the end
  });
});

test("an interrupted cell stops the run after its step, frees it, and keeps what was done", async () => {
  await inCell(async (cancel, drawn) => {
    let freed = false;
    const run = steps(1000, () => (freed = true));
    const abortAtThree = Object.assign(
      (async function* () {
        for await (const row of run) {
          if (row.step === 3) cancel.abort();
          yield row;
        }
      })(),
      { total: 1000 },
    );
    const history = await watch(abortAtThree);
    assert.ok(freed);
    assert.is(history.length, 3);
    assert.match(inspect(history), "3 of 1000 steps, stopped");
    assert.match(String(drawn.at(-1)!["text/plain"]), "stopped after");
  });
});

test("a run that answers the signal by throwing Interrupted has stopped, not failed", async () => {
  await inCell(async (cancel) => {
    const history = await watch(
      (async function* () {
        yield { step: 1 };
        cancel.abort();
        throw Object.assign(new Error("ppo was interrupted"), { name: "Interrupted" });
      })(),
    );
    assert.is(history.length, 1);
  });
});

test("what a run throws reaches the caller", async () => {
  await inCell(async (_, drawn) => {
    try {
      await watch(
        (async function* () {
          yield { step: 1 };
          throw new Error("PubMed did not answer");
        })(),
      );
      assert.unreachable("hid an error");
    } catch (error) {
      assert.is((error as Error).message, "PubMed did not answer");
    }
    assert.match(String(drawn.at(-1)!["text/plain"]), "failed after");
  });
});

test("a drawing that fails is said in text, once, and the run goes on", async () => {
  await inCell(async (_, drawn) => {
    assert.is((await watch(steps(5), { every: 0 })).length, 5);
    assert.match(String(drawn[0]!["text/plain"]), "Could not draw: output is full");
    assert.is(drawn.length, 2); // at the first failure and at the end
  }, true);
});

test("with columns to plot, the end is a plotly figure below the last line", async () => {
  await inCell(async (_, drawn) => {
    await watch(steps(5), { plot: ["reward"], every: 100, title: "Training" });
    const last = drawn.at(-1)!;
    assert.ok("application/vnd.plotly.v1+json" in last && !("text/html" in last));
    assert.match(String(last["text/plain"]), /^step 5 .*\nTraining\nreward /);
  });
});

test("results without steps are counted", async () => {
  await inCell(async (_, drawn) => {
    const results = await watch(
      (async function* () {
        for (const system of ["as typed", "expert"]) yield { system, problem: "1", measures: { "R@50": 0.5 } };
      })(),
      { total: 2, label: "query" },
    );
    assert.is(inspect(results), "2 results");
    assert.match(String(drawn.at(-1)!["text/plain"]), "query 2/2 ████████████  expert");
  });
});

test("Ctrl-C outside a notebook stops the run, and no handler stays behind", async () => {
  const before = process.listenerCount("SIGINT");
  const history = await watch(
    (async function* () {
      for (let step = 1; ; step++) {
        if (step === 3) process.emit("SIGINT");
        yield { step };
      }
    })(),
  );
  assert.is(history.length, 3);
  assert.is(process.listenerCount("SIGINT"), before);
});

/** Steps as ppo yields them; a run that knows its length. */
const training = (count: number, change: object = {}) =>
  Object.assign(
    (async function* () {
      for (let step = 1; step <= count; step++)
        yield {
          step,
          "training/global_step": step,
          "reward/mean": step,
          "reward/R@50": 0.5,
          "reward/70_recall_ratio": 0,
          "reward/format_error_ratio": 0.25,
          "reward/std": 1,
          "critic/kl": 0.1,
          "response_length/mean": 40,
          "response_length/clip_ratio": 0,
          ...change,
        };
    })(),
    { total: count, label: "step" },
  );

test("by default the display of training says step of total, time left and what matters, in panels", async () => {
  await inCell(async (_, drawn) => {
    const history = await watch(training(4), { every: 0 });
    const [second, last] = [drawn[2]!, drawn.at(-1)!];
    assert.match(
      String(second["text/plain"]),
      new RegExp(
        "^step 2/4 ██████░░░░░░  reward 2  R@50 0\\.5  KL 0\\.1  length 40  malformed 25 %  cut 0 %  spread 1  " +
          ".*/step  .* left$",
      ),
    );
    assert.match(String(second["text/html"]), "width:50.0%");
    const svg = Buffer.from(/base64,([^"]+)/.exec(String(last["text/html"]))![1]!, "base64").toString();
    assert.is(svg.split("<g ").length - 1, 6);
    for (const name of ["reward", "R@50", "KL", "length", "malformed", "cut", "spread"])
      assert.match(svg, `>${name}</tspan>`);
    assert.not.match(svg, /recall ≥|recall ratio/);
    assert.match(inspect(history), "4 steps: reward 1 → 4, R@50 0.5 → 0.5");
  });
});

test("what is alarming is said in words: in HTML, in text, and beside the figure at the end", async () => {
  for (const plot of [undefined, ["reward/mean"]]) {
    await inCell(async (_, drawn) => {
      await watch(training(3, { "reward/format_error_ratio": 0.87 }), { every: 0, ...(plot && { plot }) });
      const last = drawn.filter((data) => "text/html" in data).at(-1)!;
      assert.match(
        String(last["text/html"]),
        /<b>Warning<\/b>&ensp;87 % of the answers were malformed in the last 3 steps: .*Teach the form first/,
      );
      assert.match(String(last["text/plain"]), /^Warning: 87 % of the answers were malformed/m);
    });
  }
});

test("outside a notebook a warning is a line of its own, once", async () => {
  const write = process.stderr.write;
  let said = "";
  process.stderr.write = ((text: string) => ((said += text), true)) as typeof process.stderr.write;
  try {
    await watch(training(5, { "response_length/clip_ratio": 1 }), { every: 0 });
  } finally {
    process.stderr.write = write;
  }
  assert.is(said.split("Warning: All responses were cut").length - 1, 1);
  assert.match(said, /step 5\/5 ████████████ .* finished after/);
});

test("an evaluation under way says where the system that answers stands", async () => {
  await inCell(async (_, drawn) => {
    await watch(
      (async function* () {
        for (const recall of [1, 0.5]) yield { system: "tuned", qid: "1", query: "x", measures: { "R@50": recall } };
      })(),
      { total: 2, label: "query" },
    );
    assert.match(String(drawn.at(-1)!["text/plain"]), "query 2/2 ████████████  tuned  R@50 0.75  malformed 0 %");
  });
});

test.run();
