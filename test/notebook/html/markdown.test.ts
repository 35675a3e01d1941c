import { test } from "uvu";
import * as assert from "uvu/assert";
import { inline } from "../../../lib/notebook/html/inline";
import { markdown } from "../../../lib/notebook/html/markdown";

test("emphasis, code and links", () => {
  assert.is(
    inline("a **b** *c* _d_ `e*f*` ~~g~~"),
    "a <strong>b</strong> <em>c</em> <em>d</em> <code>e*f*</code> <del>g</del>",
  );
  assert.is(inline("[the *text*](https://x.org/a_(b)_c)"), '<a href="https://x.org/a_(b)_c">the <em>text</em></a>');
  assert.is(inline("snake_case_name and 2 * 3 * 4"), "snake_case_name and 2 * 3 * 4");
  assert.is(inline("\\*not\\*"), "*not*");
});

test("HTML in the source is shown, not obeyed, and a link runs no code", () => {
  assert.is(inline("<script>x</script>"), "&lt;script&gt;x&lt;/script&gt;");
  assert.is(inline("[x](javascript:alert)"), '<a href="#">x</a>');
  assert.is(inline('`"<&`'), "<code>&quot;&lt;&amp;</code>");
});

test("headings, paragraphs, rules and quotes", () => {
  assert.is(
    markdown("## Two words\ntext\nmore\n\n---\n> said\n> so"),
    '<h2 id="two-words">Two words</h2>\n<p>text\nmore</p>\n\n<hr>\n<blockquote><p>said\nso</p></blockquote>',
  );
});

test("lists, nested and numbered", () => {
  assert.is(markdown("- a\n  - b\n- c"), "<ul><li>a\n<ul><li>b</li></ul></li>\n<li>c</li></ul>");
  assert.is(markdown("3. a\n4. b"), '<ol start="3"><li>a</li>\n<li>b</li></ol>');
});

test("tables with alignment and escaped bars", () => {
  assert.is(
    markdown("| a | b |\n|---|--:|\n| x \\| y | 1 |"),
    '<div class="wide"><table><thead><tr><th style="text-align:left">a</th><th style="text-align:right">b</th></tr></thead><tbody><tr><td style="text-align:left">x | y</td><td style="text-align:right">1</td></tr></tbody></table></div>',
  );
});

test("code keeps every character, and an unclosed fence ends with the text", () => {
  assert.is(
    markdown("```\n<a>\n\n# no heading\n```\nafter"),
    '<pre class="code"><code>&lt;a&gt;\n\n# no heading</code></pre>\n<p>after</p>',
  );
  assert.is(markdown("~~~\nx"), '<pre class="code"><code>x</code></pre>');
});

test("any text ends, whatever it begins with", () => {
  for (const text of ["", "|", "-", "1.", ">", "#", "`", "**", "[", "- \n\n  ", "   \n\t", "| a |\n|", "*\n*\n*"])
    assert.type(markdown(text), "string");
});

test.run();
