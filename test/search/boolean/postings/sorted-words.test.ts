import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginning, sorted } from "../../../../lib/search/boolean/postings/sorted-words";

test("the words that begin with a stem stand together", () => {
  const words = ["heart", "hear", "he", "attack", "heartless", "heas", "病気"];
  const index = sorted(new Map(words.map((word, i) => [word, i])));
  for (const stem of ["hear", "heart", "h", "", "z", "a", "病", "hearts"]) {
    assert.equal(
      [...beginning(index, stem)].map((number) => words[number]),
      words.filter((word) => word.startsWith(stem)).sort(),
      stem,
    );
  }
});

test.run();
