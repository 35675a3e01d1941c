import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { frameHtml } from "../../../lib/notebook/render/table/frame-html";
import { notebookHtml } from "../../../lib/notebook/html/page";
import { highlight } from "../../../lib/notebook/html/highlight";
import { pageScripts } from "../../../lib/notebook/html/interactive";
import { outputHtml } from "../../../lib/notebook/html/outputs";
import type { Notebook, Output } from "../../../lib/notebook/runner/nbformat";

const display = (data: Record<string, unknown>, metadata = {}): Output => ({
  output_type: "display_data",
  data,
  metadata,
});

test("colouring leaves the text as it is", () => {
  const code = 'const x = `a ${1} <b>`; // "why"\nawait f(2e-3);';
  const html = highlight(code);
  assert.is(
    html
      .replace(/<[^>]+>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"'),
    code,
  );
  assert.match(html, '<span class="hljs-comment">// &quot;why&quot;</span>');
  assert.match(html, '<span class="hljs-number">2e-3</span>');
});

test("code that would take long to colour, and code of an unknown language, is shown as it is", () => {
  for (const code of ["a".repeat(1001), "\n".repeat(101), "let a\n".repeat(40_000)]) assert.is(highlight(code), code);
  assert.is(highlight("let <a>", "brainfuck"), "let &lt;a&gt;");
});

test("a plot stands as its picture, in the size it is meant to have, with its data beside it", () => {
  const plot = { data: [{ y: [1], name: "</script>" }], layout: {} };
  const html = outputHtml(
    display(
      { "application/vnd.plotly.v1+json": plot, "text/plain": "Figure", "image/png": "AAAA\n" },
      { "image/png": { width: 700, height: 400 } },
    ),
  );
  assert.is(
    html,
    '<figure data-plot><img width="700" src="data:image/png;base64,AAAA" alt="plot"><script ' +
      'type="application/json">{"data":[{"y":[1],"name":"\\u003c/script>"}],"layout":{}}</script></figure>',
  );
});

test("a page with a plot brings plotly along, one with a frame only what sorts it", () => {
  assert.is(pageScripts("<p>"), "");
  const frame = pageScripts('<div data-frame style="">');
  assert.match(frame, "[data-frame]");
  assert.not.match(frame, "plotly");
  const [, packed] = /id="plotly">([^<]+)</.exec(pageScripts("<figure data-plot>"))!;
  assert.match(gunzipSync(Buffer.from(packed!, "base64")).toString(), /plotly\.js v4/);
});

test("a frame keeps its rows, not its script, which the page has once", () => {
  const html = outputHtml(display({ "text/html": frameHtml({ columns: ["n"], rows: [[1], [2]] }) }));
  assert.is(html.match(/<script/g)?.length, 1);
  assert.match(html, '{"cells":[["1"],["2"]]');
});

test("tables stay tables, without scripts", () => {
  assert.is(
    outputHtml(display({ "text/html": ["<table></table>", "<script>\nx</script>"], "text/plain": "t" })),
    '<div class="wide"><table></table></div>',
  );
});

test("printed text is escaped, without colours, and of a rewritten line the last state stays", () => {
  assert.is(
    outputHtml({ output_type: "stream", name: "stdout", text: "\x1b[31ma<b\x1b[0m\n10 %\r20 %\n" }),
    '<pre class="output stream">a&lt;b\n20 %\n</pre>',
  );
});

test("a page needs no other file and says what it was run with", () => {
  const notebook: Notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { deepretrieval: { version: "1.2.3", node: "v20", platform: "linux-x64", parameters: { steps: 8 } } },
    cells: [
      { cell_type: "markdown", id: "m", metadata: {}, source: "# A *title*" },
      {
        cell_type: "code",
        id: "c",
        metadata: {},
        source: "1 + 1",
        outputs: [{ output_type: "error", ename: "E", evalue: "e", traceback: ["E: e"] }],
      },
    ],
  };
  const html = notebookHtml(notebook);
  assert.match(html, "<title>A title</title>");
  assert.match(html, '<pre class="output error">E: e</pre>');
  assert.match(html, "DeepRetrieval 1.2.3 · Node v20 · linux-x64 · steps = 8");
  assert.not.match(html, /<(script|link)\b|src="(?!data:)|url\(|@import/);
});

test("the page says when the notebook ran, and follows a dark screen", () => {
  const html = notebookHtml({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { deepretrieval: { version: "1.0", date: "2026-11-28T17:05:09.000Z" } },
    cells: [],
  });
  assert.match(html, "run on 28 November 2026, 17:05 UTC · DeepRetrieval 1.0");
  assert.match(html, "@media screen and (prefers-color-scheme: dark)");
});

test.run();
