import { test } from "uvu";
import * as assert from "uvu/assert";
import { markdown } from "../../../lib/notebook/html/markdown";

test("emphasis, code and links", () => {
  assert.is(
    markdown("a **b** *c* _d_ `e*f*` ~~g~~"),
    "<p>a <strong>b</strong> <em>c</em> <em>d</em> <code>e*f*</code> <s>g</s></p>",
  );
  assert.is(
    markdown("[the *text*](https://x.org/a_(b)_c)"),
    '<p><a href="https://x.org/a_(b)_c">the <em>text</em></a></p>',
  );
  assert.is(markdown("snake_case_name and 2 * 3 * 4"), "<p>snake_case_name and 2 * 3 * 4</p>");
  assert.is(markdown("\\*not\\*"), "<p>*not*</p>");
});

test("relative links and pictures keep their addresses", () => {
  assert.is(markdown("[next](pubmed_eval.ipynb#the-task)"), '<p><a href="pubmed_eval.ipynb#the-task">next</a></p>');
  assert.is(markdown("![a curve](images/a.png)"), '<p><img src="images/a.png" alt="a curve"></p>');
});

test("HTML in the source is shown, not obeyed, in a line and as a block", () => {
  assert.is(markdown("a <script>x</script>"), "<p>a &lt;script&gt;x&lt;/script&gt;</p>");
  assert.is(markdown("<img src=x onerror=alert(1)>"), "<p>&lt;img src=x onerror=alert(1)&gt;</p>");
  assert.is(markdown('`"<&`'), "<p><code>&quot;&lt;&amp;</code></p>");
  assert.not.match(
    markdown('[x" onclick="a](/b \'c" onerror="d\')\n\n| <b> |\n|---|\n| <i> |\n\n# <u>'),
    /<[biu]>|" on/,
  );
});

test("a link that would run code is no link", () => {
  for (const address of ["javascript:alert(1)", "JavaScript:a", "vbscript:a", "data:text/html,a", "file:///etc/passwd"])
    for (const source of [`[x](${address})`, `<${address}>`, `![x](${address})`, `[x]\n\n[x]: ${address}`])
      assert.not.match(markdown(source), /<a|<img/, source);
});

test("headings with a name for links to them, paragraphs, rules and quotes", () => {
  assert.is(
    markdown("## Two *words*\ntext\nmore\n\n---\n> said\n> so"),
    '<h2 id="two-words">Two <em>words</em></h2>\n<p>text\nmore</p>\n<hr>\n<blockquote>\n<p>said\nso</p>\n</blockquote>',
  );
});

test("lists, nested and numbered", () => {
  assert.is(markdown("- a\n  - b\n- c"), "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ul>");
  assert.is(markdown("3. a\n4. b"), '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>');
});

test("tables with alignment and escaped bars", () => {
  const html = markdown("| a | b |\n|---|--:|\n| x \\| y | 1 |");
  assert.match(html, /^<div class="wide"><table>\n<thead>/);
  assert.match(html, '<th style="text-align:right">b</th>');
  assert.match(html, "<td>x | y</td>");
  assert.match(html, /<\/table><\/div>$/);
});

test("code keeps every character; known languages are coloured; an unclosed fence ends with the text", () => {
  assert.is(
    markdown("```\n<a>\n\n# no heading\n```\nafter"),
    '<pre class="code"><code>&lt;a&gt;\n\n# no heading</code></pre>\n<p>after</p>',
  );
  assert.is(markdown("~~~\nx"), '<pre class="code"><code>x</code></pre>');
  assert.is(markdown("    indented <b>"), '<pre class="code"><code>indented &lt;b&gt;</code></pre>');
  for (const [language, code] of [
    ["ts", "const"],
    ["python", "def"],
    ["sh", "for"],
    ["sql", "SELECT"],
  ] as const)
    assert.match(markdown(`\`\`\`${language}\n${code} a\n\`\`\``), `<span class="hljs-keyword">${code}</span>`);
  assert.match(markdown('```"><script>\na\n```'), '<pre class="code"><code>a</code></pre>');
});

test("any text ends, whatever it begins with", () => {
  for (const text of ["", "|", "-", "1.", ">", "#", "`", "**", "[", "- \n\n  ", "   \n\t", "| a |\n|", "*\n*\n*"])
    assert.type(markdown(text), "string");
});

test.run();
