import { test } from "uvu";
import * as assert from "uvu/assert";

import { type MimeBundle, provideCell } from "../../lib/notebook/cell";
import { show } from "../../lib/notebook/show";

test("show displays in the cell, as often as it is called", async () => {
  const shown: MimeBundle[] = [];
  provideCell(() => ({ signal: new AbortController().signal, display: (data) => void shown.push(data) }));
  try {
    await show("one");
    await show({ columns: ["x"], values: [[1]] });
  } finally {
    provideCell(() => undefined);
  }
  assert.equal(shown.map((data) => Object.keys(data).join(" ")), ["text/plain", "text/html text/plain"]);
});

test("outside a notebook show prints", async () => {
  const printed: unknown[] = [];
  const { log } = console;
  console.log = (text: unknown) => void printed.push(text);
  try {
    await show({ reward: 1 });
  } finally {
    console.log = log;
  }
  assert.equal(printed, ["{ reward: 1 }"]);
});

test.run();
