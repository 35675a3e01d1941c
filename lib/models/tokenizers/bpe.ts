import { byteCharacters } from "./byte-characters";
import { markers, specialMarkers } from "./tokenizer";

/** Qwen2's pre-tokenizer: contractions, words with their space, single digits, punctuation runs, white space. */
export const qwenPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| " +
  "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const splitter = new RegExp(qwenPattern.replace("(?i:", "(?:"), "gu");

const toByteCharacters = (text: string): string[] =>
  [...Buffer.from(text, "utf8")].map((byte) => byteCharacters[byte]!);

/**
 * Trains a byte-level BPE vocabulary (Sennrich et al. 2016; Radford et al. 2019) and returns it as a
 * tokenizer.json that @huggingface/tokenizers and transformers read. Deterministic: the most frequent pair
 * is merged first, at a tie the one that sorts first.
 *
 * @param size number of ids in all: 256 bytes, the merges, and the markers
 */
export function trainBpe(texts: Iterable<string>, size: number): object {
  const merges: [string, string][] = [];
  const words = countWords(texts);
  const pairs = countPairs(words);
  while (256 + merges.length + markers.length < size) {
    const best = mostFrequent(pairs);
    if (!best) break;
    merges.push(best.pair);
    mergeInto(words, pairs, best);
  }
  const tokens = [...byteCharacters, ...merges.map(([a, b]) => a + b)];
  return tokenizerJson(tokens, merges);
}

type Word = { symbols: string[]; count: number };
type Pair = { pair: [string, string]; count: number; words: Set<number> };

function countWords(texts: Iterable<string>): Word[] {
  const counts = new Map<string, number>();
  const marker = new RegExp(markers.map((m) => m.replace(/[|]/g, "\\|")).join("|"), "g");
  for (const text of texts) {
    for (const piece of text.split(marker)) {
      for (const [word] of piece.matchAll(splitter)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts].map(([word, count]) => ({ symbols: toByteCharacters(word), count }));
}

function countPairs(words: readonly Word[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  words.forEach((word, w) => addPairs(pairs, word, w, 1));
  return pairs;
}

/** Adds (sign 1) or removes (−1) the pairs of one word. */
function addPairs(pairs: Map<string, Pair>, { symbols, count }: Word, w: number, sign: 1 | -1): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    const key = `${symbols[i]} ${symbols[i + 1]}`;
    const entry = pairs.get(key) ?? {
      pair: [symbols[i]!, symbols[i + 1]!] as [string, string],
      count: 0,
      words: new Set<number>(),
    };
    entry.count += sign * count;
    if (sign > 0) entry.words.add(w);
    pairs.set(key, entry);
  }
}

function mostFrequent(pairs: Map<string, Pair>): Pair | undefined {
  let best: Pair | undefined;
  let bestKey = "";
  for (const [key, entry] of pairs) {
    if (entry.count < 2) continue;
    if (!best || entry.count > best.count || (entry.count === best.count && key < bestKey))
      [best, bestKey] = [entry, key];
  }
  return best;
}

function mergeInto(words: Word[], pairs: Map<string, Pair>, { pair: [a, b], words: holders }: Pair): void {
  for (const w of [...holders]) {
    const word = words[w]!;
    addPairs(pairs, word, w, -1);
    const merged: string[] = [];
    for (let i = 0; i < word.symbols.length; i++) {
      if (word.symbols[i] === a && word.symbols[i + 1] === b) merged.push(a + b), i++;
      else merged.push(word.symbols[i]!);
    }
    word.symbols = merged;
    addPairs(pairs, word, w, 1);
  }
  pairs.delete(`${a} ${b}`);
}

function tokenizerJson(tokens: readonly string[], merges: readonly (readonly [string, string])[]): object {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: markers.map((content, i) => ({
      id: tokens.length + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: specialMarkers.includes(content),
    })),
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: qwenPattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([a, b]) => `${a} ${b}`),
    },
  };
}
