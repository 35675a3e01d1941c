import { test } from "uvu";
import * as assert from "uvu/assert";

import { type MimeBundle, provideCell } from "../../../lib/notebook/cell";
import { show } from "../../../lib/notebook/render/show";

test("show displays in the cell, as often as it is called", async () => {
  const shown: MimeBundle[] = [];
  provideCell(() => ({ signal: new AbortController().signal, display: (data) => void shown.push(data) }));
  try {
    await show("one");
    await show({ columns: ["x"], values: [[1]] });
  } finally {
    provideCell(() => undefined);
  }
  assert.equal(
    shown.map((data) => Object.keys(data).join(" ")),
    ["text/plain", "text/html text/plain"],
  );
});

test("streamed text is shown as it comes, in one place, and an interrupted cell stops the stream", async () => {
  const shown: { text: unknown; id: string | undefined }[] = [];
  const interrupt = new AbortController();
  provideCell(() => ({
    signal: interrupt.signal,
    display: (data, { id } = {}) => void shown.push({ text: data["text/plain"], id }),
  }));
  let closed = false;
  async function* writing() {
    try {
      for (const piece of ["the ", "cat ", "sat", "there"]) {
        yield piece;
        await new Promise((resolve) => setTimeout(resolve, 110));
        if (piece === "cat ") interrupt.abort();
      }
    } finally {
      closed = true;
    }
  }
  try {
    await show(writing());
  } finally {
    provideCell(() => undefined);
  }
  assert.equal(
    shown.map(({ text }) => text),
    ["the ", "the cat ", "the cat sat", "the cat sat"],
  ); // the piece that was being written comes
  assert.equal([new Set(shown.map(({ id }) => id)).size, closed], [1, true]);
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
