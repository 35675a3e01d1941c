import { test } from "uvu";
import * as assert from "uvu/assert";
import { byteCharacters } from "../../../lib/models/tokenizers/byte-characters";
import { tokenizerFrom } from "../../../lib/models/tokenizers/tokenizer";
import { withUnicodeRules } from "../../../lib/models/tokenizers/tokenizer-rules";

/** A byte-level vocabulary with some merges; its ids are those of the characters, then of the merges. */
function byteLevel(pre_tokenizer: object, merges: readonly string[], { without = "" } = {}) {
  const tokens = [
    ...byteCharacters.filter((character) => !without.includes(character)),
    ...merges.map((merge) => merge.replace(" ", "")),
  ];
  const model = {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: "",
    end_of_word_suffix: "",
    fuse_unk: false,
    byte_fallback: false,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges,
  };
  const { encode } = tokenizerFrom(
    {
      version: "1.0",
      added_tokens: [],
      normalizer: null,
      pre_tokenizer,
      post_processor: null,
      decoder: { type: "ByteLevel" },
      model,
    },
    { stops: [0] },
  );
  return (text: string) => encode(text).map((id) => tokens[id]!);
}
const bytes = (use_regex: boolean) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex });
const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });

test("a digit is whatever Unicode counts as a number: ½, ², ٣, １ and Ⅷ are cut off as 4 and 2 are", () => {
  const single = byteLevel(sequence({ type: "Digits", individual_digits: true }, bytes(true)), [
    "Ġ Â",
    "ĠÂ ½",
    "Ġ Ù",
    "1 1",
  ]);
  assert.equal(single(" ½"), ["Ġ", "Â", "½"], "½ is U+00BD, bytes C2 BD");
  assert.equal(single(" ٣"), ["Ġ", "Ù", "£"], "٣ is U+0663, bytes D9 A3");
  assert.equal(single("11"), ["1", "1"]);
  const runs = byteLevel(sequence({ type: "Digits", individual_digits: false }, bytes(true)), ["Ġ Â", "1 1"]);
  assert.equal([runs("11"), runs(" ½")], [["11"], ["Ġ", "Â", "½"]]);
});

test("white space is Unicode's: U+0085 is, U+FEFF is not", () => {
  const encode = byteLevel(bytes(true), ["Ġ Ġ", "Ġ ï"]);
  assert.equal(encode("  \u0085a"), ["ĠĠ", "Â", "ħ", "a"], "a run of three spaces, its last apart: bytes C2 85");
  assert.equal(
    encode(" \ufeff"),
    ["Ġï", "»", "¿"],
    "a space and a sign that is neither letter, digit nor space: bytes EF BB BF",
  );
});

test("a text is stripped of Unicode's white space, on the sides that are named", () => {
  const normalized = (strip_left: boolean, strip_right: boolean) =>
    JSON.stringify(
      (withUnicodeRules({ normalizer: { type: "Strip", strip_left, strip_right } }) as { normalizer: unknown })
        .normalizer,
    );
  assert.match(normalized(true, false), /^\{"type":"Replace","pattern":\{"Regex":"\\\\A\\\\s\+"\}/);
  assert.match(normalized(true, true), /\\\\A\\\\s\+.*\\\\s\+\\\\z/);
});

test("bytes that a vocabulary lacks are dropped before what stands beside them is merged", () => {
  const encode = byteLevel(bytes(false), ["Ġ ]"], { without: "ĝ" }); // the character of byte 1D
  assert.equal([encode(" \u001d]"), encode("\u001d")], [["Ġ]"], []]);
});

test("what needs no rewriting is left as it is", () => {
  const json = {
    model: { type: "BPE", vocab: {}, unk_token: "<unk>" },
    normalizer: { type: "NFC" },
    pre_tokenizer: sequence({ type: "Split", pattern: { Regex: "a" }, behavior: "Isolated" }, bytes(false)),
  };
  assert.equal(withUnicodeRules(json), json);
  assert.equal(
    withUnicodeRules({ pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, use_regex: true } }).valueOf(),
    { normalizer: undefined, pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, use_regex: true } },
  );
});

test("a file without added tokens and without a post-processor is read, as Python's tokenizers reads it", () => {
  const model = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] };
  const json = { pre_tokenizer: bytes(true), decoder: { type: "ByteLevel" }, model };
  const { encode, decode } = tokenizerFrom(json, { stops: [0] });
  assert.equal(encode("abaab"), [2, 0, 2]);
  assert.is(decode([2, 0]), "aba");
});

test.run();
