import { test } from "uvu";
import * as assert from "uvu/assert";
import { darkCurves } from "../../../lib/notebook/html/dark-curves";
import { liveCurves } from "../../../lib/notebook/live/live-curves";

const inPage = (svg: string) => `<img alt="a" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;
const svgOf = (html: string) => Buffer.from(/base64,([^"]+)"/.exec(html)![1]!, "base64").toString();

test("the curves of a run have dark colours for a dark page, and the light ones otherwise", () => {
  const light = liveCurves(
    [
      { step: 1, reward: 0 },
      { step: 2, reward: 1 },
    ],
    [["reward"]],
  );
  const html = darkCurves(inPage(light));
  assert.match(html, /^<img class="themed" alt="a" src=/);
  const svg = svgOf(html);
  assert.match(svg, /^<svg [^>]*><style>@media \(prefers-color-scheme: dark\) \{/);
  assert.match(svg, '[fill="#ffffff"]{fill:rgba(0,0,0,0)}');
  assert.match(svg, '[stroke="#0072b2"]{stroke:#4aa3df}');
  assert.is(svg.replace(/<style>.*<\/style>/, ""), light);
});

test("a picture in other colours stays as it is", () => {
  const other = inPage('<svg xmlns="http://www.w3.org/2000/svg"><rect fill="#fff"/></svg>');
  assert.is(darkCurves(other), other);
  assert.is(darkCurves('<img src="data:image/png;base64,AAAA">'), '<img src="data:image/png;base64,AAAA">');
});

test.run();
