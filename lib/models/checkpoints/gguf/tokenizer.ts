import { CorruptData } from "../../../core/errors";
import { qwenPattern } from "../../tokenizers/bpe";
import { tokenizerFrom, type Tokenizer } from "../../tokenizers/tokenizer";

/** Kinds of token in a GGUF file (llama.h, llama_token_type). */
const kinds = { unknown: 2, control: 3, userDefined: 4 } as const;

const split = (pattern: string) => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});
const byteLevel = (use_regex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: false,
  use_regex,
});
const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });

/**
 * How byte-level vocabularies cut a text before merging, by `tokenizer.ggml.pre`: as the models' own tokenizer.json do.
 */
const preTokenizers: Readonly<Record<string, { pre_tokenizer: object; normalizer?: object; ignore_merges?: boolean }>> =
  {
    qwen2: { pre_tokenizer: sequence(split(qwenPattern), byteLevel(false)), normalizer: { type: "NFC" } },
    "llama-bpe": {
      pre_tokenizer: sequence(split(qwenPattern.replace("|\\p{N}|", "|\\p{N}{1,3}|")), byteLevel(false)),
      ignore_merges: true,
    },
    smollm: { pre_tokenizer: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)) },
    "gpt-2": { pre_tokenizer: byteLevel(true) },
  };

/** The tokenizer that a GGUF file describes. Throws CorruptData. */
export function ggufTokenizer(file: string, metadata: Record<string, unknown>): Tokenizer {
  const of = (key: string) => metadata[`tokenizer.ggml.${key}`];
  const fault = (why: string, options?: ErrorOptions) =>
    new CorruptData(file, why, "Take the model in Hugging Face layout, or another GGUF file of it.", options);
  const list = <T>(key: string, kind: "string" | "number"): T[] => {
    const value = of(key);
    if (!Array.isArray(value) || value.some((each) => typeof each !== kind))
      throw fault(`tokenizer.ggml.${key} is no list of ${kind}s`);
    return value as T[];
  };
  const tokens = list<string>("tokens", "string");
  const types = of("token_type") === undefined ? tokens.map(() => 1) : list<number>("token_type", "number");
  const id = (key: string): number | undefined => (typeof of(key) === "number" ? (of(key) as number) : undefined);
  const added_tokens = tokens.flatMap((content, id) => {
    const special = types[id] === kinds.control || types[id] === kinds.unknown;
    return special || types[id] === kinds.userDefined
      ? [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }]
      : [];
  });
  const bos = id("bos_token_id");
  // of text, turn and message
  const stops = [...new Set(["eos", "eot", "eom"].flatMap((name) => id(`${name}_token_id`) ?? []))];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const parts = of("model") === "gpt2" ? byteLevelParts() : of("model") === "llama" ? pieceParts() : undefined;
  if (!parts) throw fault(`tokenizer.ggml.model is ${JSON.stringify(of("model"))}; gpt2 and llama are read`);
  const json = { version: "1.0", truncation: null, padding: null, added_tokens, post_processor: adding(bos), ...parts };
  try {
    return tokenizerFrom(json, { stops, pad: id("padding_token_id"), bos, files: files() });
  } catch (cause) {
    throw fault(cause instanceof Error ? cause.message : String(cause), { cause });
  }

  /** Byte-level BPE with its merges (GPT-2, Qwen, Llama 3, SmolLM2). */
  function byteLevelParts(): object {
    const pre = of("pre") ?? "gpt-2";
    const known = typeof pre === "string" && Object.hasOwn(preTokenizers, pre) ? preTokenizers[pre] : undefined;
    if (!known)
      throw fault(`tokenizer.ggml.pre is ${JSON.stringify(pre)}; ${Object.keys(preTokenizers).join(", ")} are read`);
    const { pre_tokenizer, normalizer = null, ignore_merges = false } = known;
    return {
      normalizer,
      pre_tokenizer,
      decoder: byteLevel(false),
      model: { ...bpe, ignore_merges, vocab, merges: list<string>("merges", "string") },
    };
  }

  /** SentencePiece's BPE (Llama 2): the merges follow from the scores. */
  function pieceParts(): object {
    const normalizers = [
      ...(of("add_space_prefix") === false ? [] : [{ type: "Prepend", prepend: "▁" }]),
      { type: "Replace", pattern: { String: " " }, content: "▁" },
    ];
    const decoders = [
      { type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ];
    const merges = mergesOf(tokens, list<number>("scores", "number"));
    return {
      normalizer: { type: "Sequence", normalizers },
      pre_tokenizer: null,
      decoder: { type: "Sequence", decoders },
      model: {
        ...bpe,
        unk_token: tokens[id("unknown_token_id") ?? 0],
        fuse_unk: true,
        byte_fallback: true,
        vocab,
        merges,
      },
    };
  }

  /** Puts the token that begins a text in front, where the model wants it. */
  function adding(bos: number | undefined): object | null {
    const wanted = of("add_bos_token") ?? of("model") === "llama";
    if (bos === undefined || wanted !== true) return null;
    const first = { SpecialToken: { id: tokens[bos], type_id: 0 } };
    const rest = (name: "A" | "B") => ({ Sequence: { id: name, type_id: 0 } });
    return {
      type: "TemplateProcessing",
      single: [first, rest("A")],
      pair: [first, rest("A"), rest("B")],
      special_tokens: { [tokens[bos]!]: { id: tokens[bos], ids: [bos], tokens: [tokens[bos]] } },
    };
  }

  /** What transformers wants to know beside tokenizer.json. */
  function files(): Record<string, string> {
    const named = Object.fromEntries(
      ["bos", "eos", "unk", "pad"]
        .map((name) => [
          `${name}_token`,
          tokens[id({ unk: "unknown_token_id", pad: "padding_token_id" }[name] ?? `${name}_token_id`) ?? -1],
        ])
        .filter(([, token]) => token !== undefined),
    );
    const template = metadata["tokenizer.chat_template"];
    const settings = {
      tokenizer_class: "PreTrainedTokenizerFast",
      clean_up_tokenization_spaces: false,
      ...named,
      ...(typeof template === "string" && { chat_template: template }),
    };
    return { "tokenizer_config.json": `${JSON.stringify(settings, null, 2)}\n` };
  }
}

const bpe = {
  type: "BPE",
  dropout: null,
  unk_token: null as string | null | undefined,
  continuing_subword_prefix: "",
  end_of_word_suffix: "",
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

/**
 * The merges of a SentencePiece BPE vocabulary: every way to put a piece together from two others, the pieces of the
 * highest score first (transformers, convert_slow_tokenizer.py, generate_merges).
 */
export function mergesOf(tokens: readonly string[], scores: readonly number[]): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: { pair: [string, string]; score: number }[] = [];
  tokens.forEach((token, id) => {
    const pairs: [string, string][] = [];
    for (let cut = 1; cut < token.length; cut++) {
      const pair: [string, string] = [token.slice(0, cut), token.slice(cut)];
      if (ids.has(pair[0]) && ids.has(pair[1])) pairs.push(pair);
    }
    pairs.sort((a, b) => ids.get(a[0])! - ids.get(b[0])! || ids.get(a[1])! - ids.get(b[1])!);
    for (const pair of pairs) merges.push({ pair, score: scores[id] ?? 0 });
  });
  return merges
    .sort((a, b) => b.score - a.score || b.pair[0].length - a.pair[0].length || b.pair[1].length - a.pair[1].length)
    .map(({ pair }) => pair);
}
