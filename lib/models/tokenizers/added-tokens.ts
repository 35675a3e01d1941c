import { CorruptData } from "../../core/errors";

/** An added token of tokenizer.json, which the model's vocabulary does not contain. */
interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/**
 * Adds the tokens of tokenizer_config.json (`added_tokens_decoder`) and added_tokens.json that a tokenizer.json lacks,
 * as transformers does. Throws CorruptData if two tokens have one id.
 *
 * @param texts of the two files, by name, if they exist
 */
export function withAddedTokens(file: string, json: object, texts: Readonly<Record<string, string>>): object {
  const { added_tokens = [], model } = json as { added_tokens?: readonly AddedToken[]; model?: { vocab?: unknown } };
  const ids = new Map<string, number>([
    ...vocabularyOf(model?.vocab),
    ...added_tokens.map(({ content, id }) => [content, id] as const),
  ]);
  const contents = new Map([...ids].map(([content, id]) => [id, content]));
  const known = new Set(added_tokens.map(({ content }) => content));
  const missing: AddedToken[] = [];
  for (const token of declared(texts).sort((a, b) => a.id - b.id)) {
    if (known.has(token.content)) continue;
    known.add(token.content);
    const id = ids.get(token.content) ?? token.id;
    if ((contents.get(id) ?? token.content) !== token.content)
      throw new CorruptData(
        file,
        `token ${id} is ${JSON.stringify(contents.get(id))} here, and ${JSON.stringify(token.content)} in the ` +
          "files beside it",
        "Use the tokenizer's files that were saved together.",
      );
    contents.set(id, token.content);
    missing.push({ ...token, id });
  }
  return missing.length ? { ...json, added_tokens: [...added_tokens, ...missing] } : json;
}

/** Tokens of a BPE's or WordPiece's vocabulary, which is an object, or of a unigram's, a list of pairs. */
const vocabularyOf = (vocab: unknown): [string, number][] =>
  Array.isArray(vocab)
    ? vocab.map((entry: unknown, id) => [String((entry as readonly unknown[])[0]), id])
    : Object.entries((vocab ?? {}) as Record<string, number>);

/** Tokens that the files beside tokenizer.json name. */
function declared(texts: Readonly<Record<string, string>>): AddedToken[] {
  const of = (name: string) => JSON.parse(texts[name] ?? "{}") as Record<string, unknown>;
  const config = of("tokenizer_config.json");
  const decoder = Object.entries((config.added_tokens_decoder ?? {}) as Record<string, Partial<AddedToken>>);
  const named = new Set(
    [config, of("special_tokens_map.json")]
      .flatMap((each) => Object.values(each).flat())
      .map((token) => (typeof token === "object" && token !== null ? (token as { content?: unknown }).content : token)),
  );
  const plain = { single_word: false, lstrip: false, rstrip: false };
  return [
    ...decoder.flatMap(([id, token]) =>
      typeof token?.content === "string"
        ? [{ ...plain, normalized: !token.special, special: false, ...token, content: token.content, id: Number(id) }]
        : [],
    ),
    ...Object.entries(of("added_tokens.json")).flatMap(([content, id]) =>
      typeof id === "number"
        ? [{ ...plain, normalized: !named.has(content), special: named.has(content), content, id }]
        : [],
    ),
  ];
}
