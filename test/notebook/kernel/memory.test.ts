import { test } from "uvu";
import * as assert from "uvu/assert";
import { createCollector } from "../../../lib/notebook/kernel/engine/collector";
import { built } from "../runner/bench";
import { openSession } from "./session";

test("garbage is collected when it has become much, and not before", () => {
  const collect = createCollector({ grown: 20e6, share: 0 });
  collect(); // the first call notes where it stands
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 40; i++) new Array(1e5).fill(i); // 800 kB each
  const gathered = process.memoryUsage().heapUsed;
  collect();
  if (gathered > before + 20e6) assert.ok(process.memoryUsage().heapUsed < before + 5e6, "nothing was collected");
});

if (!built)
  test("memory over many cells", () => console.log("skipped: not built (npm run build); the kernel runs from dist/"));
else
  test("a hundred trivial cells more leave no more than a collection's worth behind", async () => {
    const session = await openSession();
    const megabytes = async () => Number((await session.run("process.memoryUsage().heapUsed / 1e6")).value);
    try {
      for (let i = 0; i < 60; i++) await session.run(`const a = ${i} + 1; a`);
      const before = await megabytes();
      for (let i = 0; i < 200; i++) await session.run(`const a = ${i} + 1; a`);
      const after = await megabytes();
      assert.ok(after - before < 75, `${before} → ${after} MB over 200 cells`);
    } finally {
      await session.close();
    }
  });

test.run();
