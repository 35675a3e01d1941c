import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherStreams } from "../../../../lib/notebook/kernel/engine/streams";

const gathered = (settings?: { milliseconds: number; characters: number }) => {
  const emitted: string[] = [];
  const streams = gatherStreams<string>(
    (name, text, origin) => void emitted.push(`${origin} ${name} ${text}`),
    settings,
  );
  return { emitted, ...streams };
};

test("the first piece goes out at once, the rest is gathered and nothing is lost", () => {
  const { emitted, write, flush } = gathered();
  write("stdout", "a", "cell 1");
  assert.equal(emitted, ["cell 1 stdout a"]);
  for (let i = 0; i < 1000; i++) write("stdout", `${i}\n`, "cell 1");
  flush();
  assert.ok(emitted.length < 50, `${emitted.length} messages`);
  assert.is(
    emitted.map((text) => text.slice("cell 1 stdout ".length)).join(""),
    `a${Array.from({ length: 1000 }, (_, i) => `${i}\n`).join("")}`,
  );
});

test("another stream or another cell sends what waits, so that order is kept", () => {
  const { emitted, write, flush } = gathered({ milliseconds: 1000, characters: 100 });
  write("stdout", "a", "cell 1");
  write("stdout", "b", "cell 1");
  write("stderr", "c", "cell 1");
  write("stderr", "d", "cell 2");
  flush();
  assert.equal(emitted, ["cell 1 stdout a", "cell 1 stdout b", "cell 1 stderr c", "cell 2 stderr d"]);
});

test("much text does not wait", () => {
  const { emitted, write } = gathered({ milliseconds: 1000, characters: 10 });
  write("stdout", "first", "x");
  write("stdout", "12345678901", "x"); // 11 > 10 characters
  assert.is(emitted.length, 2);
});

test("what waits goes out by itself", async () => {
  const { emitted, write } = gathered({ milliseconds: 5, characters: 100 });
  write("stdout", "a", "x");
  write("stdout", "b", "x");
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(emitted, ["x stdout a", "x stdout b"]);
});

test.run();
