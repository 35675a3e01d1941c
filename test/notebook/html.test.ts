import { test } from "uvu";
import * as assert from "uvu/assert";
import { notebookHtml } from "../../lib/notebook/html";
import { highlight } from "../../lib/notebook/html/highlight";
import { outputHtml } from "../../lib/notebook/html/outputs";
import type { Notebook, Output } from "../../lib/notebook/runner/nbformat";

const display = (data: Record<string, unknown>, metadata = {}): Output => ({ output_type: "display_data", data, metadata });

test("colouring leaves the text as it is", () => {
  const code = 'const x = `a ${1} <b>`; // "why"\nawait f(2e-3);';
  const html = highlight(code);
  assert.is(html.replace(/<[^>]+>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"'), code);
  assert.match(html, '<span class="comment">// &quot;why&quot;</span>');
  assert.match(html, '<span class="number">2e-3</span>');
});

test("an interactive plot stands as its picture, in the size it is meant to have", () => {
  const html = outputHtml(display({ "application/vnd.plotly.v1+json": {}, "text/plain": "Figure", "image/png": "AAAA\n" }, { "image/png": { width: 700, height: 400 } }));
  assert.is(html, '<img width="700" src="data:image/png;base64,AAAA" alt="plot">');
});

test("tables stay tables, without scripts", () => {
  assert.is(outputHtml(display({ "text/html": ["<table></table>", "<script>\nx</script>"], "text/plain": "t" })), '<div class="wide"><table></table></div>');
});

test("printed text is escaped, without colours, and of a rewritten line the last state stays", () => {
  assert.is(outputHtml({ output_type: "stream", name: "stdout", text: "\x1b[31ma<b\x1b[0m\n10 %\r20 %\n" }), '<pre class="output stream">a&lt;b\n20 %\n</pre>');
});

test("a page needs no other file and says what it was run with", () => {
  const notebook: Notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { deepretrieval: { version: "1.2.3", node: "v20", platform: "linux-x64", parameters: { steps: 8 } } },
    cells: [
      { cell_type: "markdown", id: "m", metadata: {}, source: "# A *title*" },
      { cell_type: "code", id: "c", metadata: {}, source: "1 + 1", outputs: [{ output_type: "error", ename: "E", evalue: "e", traceback: ["E: e"] }] },
    ],
  };
  const html = notebookHtml(notebook);
  assert.match(html, "<title>A title</title>");
  assert.match(html, '<pre class="output error">E: e</pre>');
  assert.match(html, "DeepRetrieval 1.2.3 · Node v20 · linux-x64 · steps = 8");
  assert.not.match(html, /<(script|link)\b|src="(?!data:)|url\(|@import/);
});

test.run();
