import { test } from "uvu";
import * as assert from "uvu/assert";
import { plain, visible } from "../../../../lib/search/boolean/text/typography";
import { words } from "../../../../lib/search/boolean/text/words";

const every = function* (from: number, to: number): Iterable<string> {
  for (let code = from; code <= to; code++) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
};

test("no format character of Unicode is part of a word: all of Cf, and the variation selectors", () => {
  for (const character of every(0, 0x10ffff)) {
    if (!/[\p{Cf}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/u.test(character)) continue;
    const code = character.codePointAt(0)!.toString(16);
    assert.equal(words(`asp${character}irin`), character === "\u200b" ? ["asp", "irin"] : ["aspirin"], code);
    assert.equal(words(`${character}aspirin ${character}`), ["aspirin"], code);
    assert.is(plain(`[tiab${character}]`).replace(/ /g, ""), "[tiab]", code);
  }
});

test("no punctuation, symbol or control character of the basic plane stands in a word", () => {
  for (const character of every(0, 0xffff)) {
    if (!/[\p{P}\p{Z}\p{Cc}]/u.test(character)) continue;
    assert.equal(words(`aspirin${character}stroke`), ["aspirin", "stroke"], character.codePointAt(0)!.toString(16));
  }
  assert.equal(words("Crohnʼs Aspirin™ 5℃ H₂O 3㎎"), ["crohn", "s", "aspirin", "5", "c", "h2o", "3mg"]);
});

test("typographic and full-width marks are those of a keyboard", () => {
  assert.is(
    plain("“heart attack”［ｔｉａｂ］　ＡＮＤ （ａｓｐｉｒｉｎ＊）"),
    '"heart attack"[tiab]\u3000AND (aspirin*)',
  );
  assert.is(plain("„a“ «b» ‹c› 「d」 ″e″ ＂f＂"), '"a" "b" "c" "d" "e" "f"');
  assert.is(plain("a‐b‑c‒d–e—f―g−h－i﹣j⁃k"), "a-b-c-d-e-f-g-h-i-j-k");
  assert.is(plain("Crohn’s ‘x’ ﹙y﹚ 2010：2015【dp】 ～3 ＃1"), "Crohn's 'x' (y) 2010:2015[dp] ~3 #1");
  assert.is(plain("Müller β 病院"), "Müller β 病院");
});

test("doing it twice changes nothing more", () => {
  for (const character of every(0, 0xffff)) assert.is(plain(plain(character)), plain(character));
  assert.is(visible("soft\u00adhyphen zero\u200bwidth"), "softhyphen zero width");
});

test.run();
