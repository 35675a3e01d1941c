import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Publication } from "../lib/core/records";
import { literature } from "../lib/search/literature";
import { growth, hardTexts } from "./doubling";

const records: readonly Publication[] = [
  {
    pmid: "1",
    title: "asthma in a child",
    abstract: "a b c",
    mesh: ["Asthma"],
    date: "2001",
    journal: "J",
    authors: ["Smith J"],
    types: ["Review"],
  },
];

for (const syntax of ["pubmed", "detect"] as const) {
  test(`queries, ${syntax}: twice the text takes at most 2.5 times as long`, () => {
    for (const hard of hardTexts) {
      const factor = growth((text) => literature(records, { syntax }).translation(text), hard, 20_000);
      assert.ok(factor <= 2.5, `${JSON.stringify(hard)}: ${factor.toFixed(1)} times as long`);
    }
  });
}

test.run();
