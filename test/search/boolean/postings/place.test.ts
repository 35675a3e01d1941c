import { test } from "uvu";
import * as assert from "uvu/assert";
import { literature } from "../../../../lib/search/literature";

const blank = { abstract: "", mesh: [] as readonly string[], date: "2010", journal: "", authors: [], types: [] };
const engine = literature([
  { ...blank, pmid: "1", title: "length of the neck" }, // two words between
  { ...blank, pmid: "2", title: "neck length" },
  { ...blank, pmid: "3", title: "the neck", abstract: "its length" },
  // one word stands between "birth weight" and low
  { ...blank, pmid: "4", title: "low weight at birth, and birth weight as low as can be" },
  { ...blank, pmid: "5", title: "birth of a weight so low" },
  { ...blank, pmid: "6", title: "pain", mesh: ["Knee", "Hip Joint"] },
  { ...blank, pmid: "7", title: "pain of the hip, pain of the back, and a knee" },
]);
const search = async (query: string) => {
  const { hits, warnings } = await engine.search(query, 10);
  return {
    found: hits
      .map(({ docId }) => docId)
      .sort()
      .join(" "),
    told: warnings.join("; "),
  };
};
const finds = async (query: string, expected: string) => assert.is((await search(query)).found, expected, query);

test("adjN leaves room for N - 1 words, in any order; adj is side by side, in order", async () => {
  await finds("neck.tw. adj3 length.tw.", "1 2");
  await finds("(length adj3 neck).tw.", "1 2");
  await finds("(length adj2 neck).tw.", "2");
  await finds("(length adj1 neck).tw.", "2");
  await finds("(neck adj length).tw.", "2");
  await finds("(length adj neck).tw.", "");
  assert.is((await search("neck.tw. adj3 length.tw.")).found, (await search('"neck length"[tiab:~2]')).found);
  assert.is(engine.translation("neck.tw. adj3 length.tw."), engine.translation('"neck length"[tiab:~2]'));
});

test("fields of the sides hold; two parts of a record are never near each other", async () => {
  await finds("neck.ti. adj9 length.ab.", "");
  await finds("neck.ti. adj3 length.tw.", "1 2");
  await finds("(pain adj9 knee).mp.", "7"); // not the heading of 6
});

test("phrases stay whole, groups of any size are met pair by pair, and chains go from left to right", async () => {
  await finds("(low adj2 birth weight).tw.", "4");
  await finds("(low adj2 (birth adj weight)).tw.", "4");
  await finds("((low or high) adj5 (birth weight or neck)).tw.", "4");
  const group = (word: string) => `(${Array.from({ length: 60 }, (_, i) => `absent${i}`).join(" or ")} or ${word})`;
  await finds(`(${group("neck")} adj3 ${group("length")}).tw.`, "1 2"); // 3721 pairs
  await finds("(pain adj3 hip adj2 pain).tw.", "7");
  await finds("(length adj2 of adj3 neck).tw.", "1");
});

test("a side that stands at no place is ANDed, and the notice says why", async () => {
  const heading = await search("Knee/ adj3 pain.tw.");
  assert.equal(
    [
      heading.found,
      heading.told.includes("adj3 was searched as AND: Knee is a heading, which has no place in the text"),
    ],
    ["6", true],
  );
  const both = await search("(hip and back) adj3 pain");
  assert.equal([both.found, both.told.includes("adj3 was searched as AND: a side of it holds AND")], ["7", true]);
  const set = await search("1. knee.tw.\n2. #1 adj3 pain.tw.");
  assert.match(set.told, "adj3 was searched as AND: line 1 is a set of records");
});

test("a word that occurs nowhere is near nothing", async () => finds("(zzz adj3 neck).tw. or hip.ti.", "7"));

test.run();
