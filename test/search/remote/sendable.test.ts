import { test } from "uvu";
import * as assert from "uvu/assert";
import { sendable } from "../../../lib/search/remote/sendable";

test("NUL and half a character are left out with a warning; everything else stays", () => {
  assert.equal(sendable("heart\u0000attack\ud83d"), {
    text: "heart attack",
    warnings: ["characters that cannot be sent were left out"],
  });
  for (const text of ["אסתמה AND ילדים", "الربو", "💊 & 100% #1 + \u202e x", "病"])
    assert.equal(sendable(text), { text, warnings: [] });
  assert.equal(sendable(" a\n\tb "), { text: "a b", warnings: [] });
});

test.run();
