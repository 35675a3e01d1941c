/** The style sheet of an exported notebook. Fonts are the reader's own: the page fetches nothing. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fff; --ink: #1c2733; --soft: #5b6b7b; --line: #e3e8ee; --tint: #f6f8fa; --accent: #0f62a8;
  --output: #33414f; --rule: #b9c4cf; --bad: #b42318; --error: #fef4f2;
  --comment: #6a7a89; --string: #1a7f4b; --number: #9a4a00; --keyword: #7a2ea0; --call: #0b5394;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; color: var(--ink); background: var(--ground);
  font: 16.5px/1.65 "Charter", "Bitstream Charter", "Source Serif 4", "Georgia", "DejaVu Serif", serif;
}
main { max-width: 860px; margin: 0 auto; padding: 56px 28px 72px; }
h1, h2, h3, h4, h5, h6, table, footer, .meta {
  font-family: "Inter", "Helvetica Neue", "Segoe UI", "Arial", "DejaVu Sans", sans-serif;
}
h1 { font-size: 2.05em; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .6em; }
h2 { font-size: 1.35em; line-height: 1.3; margin: 2.2em 0 .6em; padding-top: .9em; border-top: 1px solid var(--line); }
h3 { font-size: 1.1em; margin: 1.8em 0 .5em; }
h4, h5, h6 { font-size: 1em; margin: 1.5em 0 .4em; }
p, ul, ol, blockquote, table, pre, figure { margin: 0 0 1em; }
ul, ol { padding-left: 1.5em; } li { margin: .2em 0; } li > ul, li > ol { margin-bottom: 0; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
blockquote > :last-child { margin-bottom: 0; }
blockquote { margin-left: 0; padding: .1em 0 .1em 1em; border-left: 3px solid var(--line); color: var(--soft); }
hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
img, svg { max-width: 100%; height: auto; display: block; }
code, pre { font-family: "JetBrains Mono", "SF Mono", "Menlo", "Consolas", "DejaVu Sans Mono", monospace; }
code { font-size: .86em; background: var(--tint); border-radius: 4px; padding: .1em .3em; }
pre { font-size: 13px; line-height: 1.55; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { font-size: inherit; background: none; padding: 0; }
pre.code { background: var(--tint); border: 1px solid var(--line); border-radius: 7px; padding: .8em 1em; }
.cell { margin: 1.3em 0; }
.cell pre.code { margin: 0; }
.outputs { padding: .7em 1em 0; }
.outputs > * { margin: 0 0 .7em; }
.outputs > div { font-family: "Inter", "Helvetica Neue", "Segoe UI", "Arial", "DejaVu Sans", sans-serif; }
pre.output { color: var(--output); max-height: 36em; overflow: auto; }
pre.stderr { color: var(--soft); }
pre.error { color: var(--bad); background: var(--error); border-radius: 7px; padding: .8em 1em; }
.meta { color: var(--soft); font-size: 12.5px; margin: .3em 1em 0; }
.incomplete { color: var(--bad); border-left: 3px solid var(--bad); padding: .2em 0 .2em 1em; }
.wide { overflow-x: auto; }
.wide:has(> [data-browser]) { /* as wide as the window, to both sides of the column of text */
  --width: min(1180px, 100vw - 72px); width: var(--width); margin-left: calc(50% - var(--width) / 2);
}
@media screen and (min-width: 901px) { /* a frame wider than the text goes on to the right, to the edge of the window */
  .wide:has(> [data-frame]) { width: calc(50vw + 50% - 36px); }
  .wide > [data-frame] { width: calc(200% - 100vw + 72px); min-width: min-content; }
}
@media (max-width: 900px) {
  .outputs { padding: .7em 4px 0; }
  [data-frame] table { font-size: 12px !important; }
  [data-frame] :is(th, td) { padding-left: 2px !important; padding-right: 7px !important; }
}
figure[data-plot] { margin: 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; line-height: 1.45; font-variant-numeric: tabular-nums; }
th, td { padding: .38em .9em .38em 0; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; }
thead th { border-bottom: 1.5px solid var(--rule); font-weight: 600; }
.hljs-comment { color: var(--comment); font-style: italic; }
.hljs-string, .hljs-regexp { color: var(--string); } .hljs-subst { color: var(--ink); }
.hljs-number, .hljs-literal { color: var(--number); }
.hljs-keyword, .hljs-type, .hljs-built_in, .hljs-meta { color: var(--keyword); }
.hljs-title, .hljs-attr { color: var(--call); }
footer {
  margin-top: 3.5em; padding-top: 1em; border-top: 1px solid var(--line); color: var(--soft); font-size: 12.5px;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #14191f; --ink: #dfe6ee; --soft: #9aa8b6; --line: #2d3742; --tint: #1c232b; --accent: #6cb2f0;
    --output: #c3ced9; --rule: #4a5764; --bad: #ff8f82; --error: #341c1b;
    --comment: #8496a8; --string: #7bd3a0; --number: #e7a868; --keyword: #d3a1f0; --call: #8ec4f7;
  }
  img, .card { background: #fff; border-radius: 8px; padding: 10px; } /* pictures are drawn on white: a card */
  img.themed { background: none !important; border-radius: 0; padding: 0; }
}
@media print {
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .cell, img, tr, pre.code { break-inside: avoid; } h1, h2, h3 { break-after: avoid; }
  pre { font-size: 8.5pt; } pre.output { max-height: none; } a { color: inherit; }
}
`.trim();
