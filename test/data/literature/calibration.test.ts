import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SearchEngine } from "../../../lib/core/roles";
import { calibration, recallOf } from "../../../lib/data/literature/calibration";
import { syntheticLiterature } from "../../../lib/data/literature/literature";
import { literature as engineOver } from "../../../lib/search/literature";

const literature = syntheticLiterature({ records: 1000, reviews: 50 });

test("recall is the share of the included studies among the hits", async () => {
  const review = { ...literature.reviews[0]!, included: ["1", "2", "3", "4"] };
  const engine: SearchEngine = {
    name: "fake",
    search: async (query, k, options) => {
      assert.equal([query, k, options], ["aspirin", 7, { maxDate: review.maxDate }]);
      return { hits: ["2", "9", "4"].map((docId) => ({ docId, score: 0 })), total: 3, warnings: [] };
    },
  };
  assert.is(await recallOf(engine, review, "aspirin", 7), 0.5); // 2 and 4 of four
});

test("an engine that finds nothing has recall 0 in every row and split", async () => {
  const nothing: SearchEngine = { name: "nothing", search: async () => ({ hits: [], total: 0, warnings: [] }) };
  for (const { train, validation, test } of await calibration(nothing, literature))
    assert.equal([train, validation, test], [0, 0, 0]);
});

test("typed questions find about a tenth, an expert above 87 %, an OR of everything almost nothing", async () => {
  const whole = syntheticLiterature();
  const engine = engineOver(whole.publications, { thesaurus: whole.thesaurus, synthetic: true });
  const rows = new Map(
    (await calibration(engine, whole)).map((row) => [row.query, [row.train, row.validation, row.test]]),
  );
  const within = (query: string, low: number, high: number) =>
    assert.ok(
      rows.get(query)!.every((recall) => recall >= low && recall <= high),
      `${query}: ${rows.get(query)}`,
    );
  within("question as typed", 0.08, 0.13);
  within("typed P AND I", 0.15, 0.35);
  within("MeSH P AND I", 0.2, 0.4);
  within("all names of P", 0, 0.15);
  within("everything ORed", 0, 0.15);
  within("expert", 0.87, 1);
});

test.run();
