import { test } from "uvu";
import * as assert from "uvu/assert";
import { scrub } from "../../../lib/notebook/runner/scrub";
import { withoutTimeColumns } from "../../../lib/notebook/runner/time-columns";

const tableOf = (seconds: string, line: string) =>
  [
    `┌─────┬${line}┬──────┐`,
    `│ run │ seconds, all steps │ R@50 │`,
    `├─────┼${line}┼──────┤`,
    `│ PPO │ ${seconds} │ 0.81 │`,
    `└─────┴${line}┴──────┘`,
  ].join("\n");

test("numbers under a heading of a time are no difference, and other numbers are", () => {
  const [slow, fast] = [tableOf("            62.8", "──────────"), tableOf("0.792", "────")];
  assert.is(scrub(slow), scrub(fast));
  assert.match(scrub(slow), "│ PPO │ <duration> │ 0.81 │");
  assert.is.not(scrub(slow), scrub(slow.replace("0.81", "0.82")));
});

test("units in brackets name a time; a missing number stays; text outside of tables stays", () => {
  assert.is(
    withoutTimeColumns("┌───┬───┐\n│ n │ p50 (s) │\n│ 1 │  – │\n│ 2 │ 1.25 │\n└───┘\nseconds │ 5"),
    "┌─┬─┐\n│ n │ p50 (s) │\n│ 1 │ – │\n│ 2 │ <duration> │\n└─┘\nseconds │ 5",
  );
});

test("the headings of one table say nothing about the next one", () => {
  const next = "┌─┐\n│ n │\n│ 7 │\n└─┘";
  assert.is(withoutTimeColumns(`┌─┐\n│ seconds │\n│ 5 │\n└─┘\n${next}`).slice(-next.length), next);
});

test.run();
