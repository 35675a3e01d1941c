import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../../../lib/core/random";
import { pmidTable } from "../../../../lib/search/boolean/postings/pmid-table";

test("a record is found by its PMID exactly as written", () => {
  const ids = ["7", "007", "0", "", "12345678901", "x7", " 7", "999999999", "7a"];
  const numberOf = pmidTable(ids);
  for (const [record, id] of ids.entries()) assert.is(numberOf(id), record, id);
  for (const other of ["70", "00", "8", "X7", "7 ", "１"]) assert.is(numberOf(other), undefined, other);
  assert.is(pmidTable([])("7"), undefined);
});

test("5,000 random numbers, found and not found", () => {
  const rng = random("pmids");
  const ids = [...new Set(Array.from({ length: 5000 }, () => String(rng.below(10_000))))];
  const numberOf = pmidTable(ids);
  for (let n = 0; n < 10_000; n++) assert.is(numberOf(String(n)) ?? -1, ids.indexOf(String(n)));
});

test.run();
