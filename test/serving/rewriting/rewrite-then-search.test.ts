import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Rewriter, SearchEngine } from "../../../lib/core/roles";
import { rewriteThenSearch } from "../../../lib/serving/rewriting/rewrite-then-search";

const searched: unknown[] = [];
const engine: SearchEngine = {
  name: "engine",
  search: async (query, k, options) => {
    searched.push([query, k, options]);
    return { hits: [{ docId: "1", score: 1 }], total: 1, warnings: ["old"] };
  },
};
const rewriting = (query: string, written?: object): Rewriter => ({
  name: "model",
  rewrite: async () => Object.assign([query], written && { written: [written] }) as never,
});

test("the engine gets the rewrite, with the options of the search", async () => {
  const better = rewriteThenSearch(engine, rewriting("a OR b", { completion: "", reasoning: "hm" }));
  assert.is(better.name, "engine with model");
  assert.equal(await better.search("does a help?", 5, { maxDate: "2020/01/01" }), {
    hits: [{ docId: "1", score: 1 }],
    total: 1,
    warnings: ["old"],
    query: "a OR b",
    original: "does a help?",
    reasoning: "hm",
  });
  assert.equal(searched.pop(), ["a OR b", 5, { maxDate: "2020/01/01" }]);
});

test("a question whose rewrite is empty is searched as typed, with a warning", async () => {
  const { query, warnings } = await rewriteThenSearch(engine, rewriting("", { completion: "", why: "no tags" })).search(
    "does a help?",
    5,
  );
  assert.is(query, "does a help?");
  assert.equal(warnings, ["old", "model wrote no query (no tags); searched as typed"]);
});

test("an engine that is down throws through", async () => {
  const down: SearchEngine = { ...engine, search: () => Promise.reject(new Error("down")) };
  await rewriteThenSearch(down, rewriting("a"))
    .search("q", 1)
    .then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, "down"),
    );
});

test.run();
