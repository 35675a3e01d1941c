import { byteOfCharacter } from "./byte-characters";

/** A part of a tokenizer.json: a normalizer or a pre-tokenizer. */
type Rule = { readonly type?: unknown } & Readonly<Record<string, unknown>>;

const split = (Regex: string, behavior = "Isolated"): Rule => ({
  type: "Split",
  pattern: { Regex },
  behavior,
  invert: false,
});
const removed = (Regex: string): Rule => ({ type: "Replace", pattern: { Regex }, content: "" });

/** GPT-2's pattern for splitting a text. Byte-level tokenizers apply it themselves unless `use_regex` is false. */
const gpt2Pattern = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Rules that @huggingface/tokenizers 0.2 computes with JavaScript's classes of digits (\d: 0 … 9) and white space (\s:
 * with U+FEFF, without U+0085), where Python's `tokenizers` uses Unicode's (\p{N} and White_Space). The library handles
 * patterns correctly, so these rules are rewritten as patterns.
 */
const rewritten: Readonly<Record<string, (rule: Rule) => readonly Rule[]>> = {
  Digits: ({ individual_digits }) => [split(individual_digits === true ? "\\p{N}" : "\\p{N}+")],
  ByteLevel: (rule) =>
    rule.use_regex === false || rule.add_prefix_space !== false
      ? [rule]
      : [split(gpt2Pattern), { ...rule, use_regex: false }],
  WhitespaceSplit: () => [split("\\s+", "Removed")],
  Strip: ({ strip_left, strip_right }) => [
    ...(strip_left === false ? [] : [removed("\\A\\s+")]),
    ...(strip_right === false ? [] : [removed("\\s+\\z")]),
  ],
};

/** Rewrites a normalizer or pre-tokenizer, and each member of a sequence. */
function rewrite(rule: unknown, list: "normalizers" | "pretokenizers"): unknown {
  if (typeof rule !== "object" || rule === null) return rule;
  const own = rule as Rule;
  const rules = own[list];
  if (own.type === "Sequence" && Array.isArray(rules))
    return { ...own, [list]: rules.flatMap((each: unknown) => flat(rewrite(each, list), list)) };
  const made = typeof own.type === "string" && Object.hasOwn(rewritten, own.type) ? rewritten[own.type]!(own) : [own];
  return made.length === 1 ? made[0] : { type: "Sequence", [list]: made };
}

/** Flattens nested sequences into a list of rules. */
const flat = (rule: unknown, list: string): unknown[] => {
  const { type, [list]: rules } = (rule ?? {}) as Rule;
  return type === "Sequence" && Array.isArray(rules) ? rules : [rule];
};

/** Rewrites a tokenizer.json so that @huggingface/tokenizers agrees with Python's `tokenizers`. */
export function withUnicodeRules(json: object): object {
  const { normalizer, pre_tokenizer, ...rest } = json as Record<string, unknown>;
  const cutting = rewrite(pre_tokenizer, "pretokenizers");
  const dropped = missingBytes(pre_tokenizer, rest.model);
  return {
    ...rest,
    normalizer: rewrite(normalizer, "normalizers"),
    pre_tokenizer: dropped
      ? { type: "Sequence", pretokenizers: [...flat(cutting, "pretokenizers"), dropped] }
      : cutting,
  };
}

/** What Python's `tokenizers` takes for what a tokenizer.json lacks. */
const absentParts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

/** A tokenizer.json for @huggingface/tokenizers, which then reads it as Python's `tokenizers` does. */
export const asPythonReads = (json: object): object => withUnicodeRules({ ...absentParts, ...json });

/**
 * A rule that drops bytes which a byte-level vocabulary lacks (SmolLM2's) before merging, so that their neighbours can
 * merge; @huggingface/tokenizers drops them after merging. Undefined if no byte is missing, or if missing bytes become
 * an unknown token.
 */
function missingBytes(pre_tokenizer: unknown, model: unknown): Rule | undefined {
  const { type, vocab, unk_token, byte_fallback } = (model ?? {}) as Rule;
  const byteLevel = flat(pre_tokenizer, "pretokenizers").some((rule) => (rule as Rule | null)?.type === "ByteLevel");
  if (
    !byteLevel ||
    type !== "BPE" ||
    typeof unk_token === "string" ||
    byte_fallback === true ||
    typeof vocab !== "object" ||
    vocab === null
  )
    return undefined;
  const missing = [...byteOfCharacter.keys()].filter((character) => !Object.hasOwn(vocab, character));
  if (!missing.length || missing.length === byteOfCharacter.size) return undefined;
  return {
    type: "Replace",
    pattern: { Regex: `[${missing.map((character) => `\\x{${character.codePointAt(0)!.toString(16)}}`).join("")}]` },
    content: "",
  };
}
