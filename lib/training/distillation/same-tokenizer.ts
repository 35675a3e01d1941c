import type { Tokenizer } from "../../models/tokenizers/tokenizer";

/** What a tokenizer.json says of its tokens. */
interface TokenizerFile {
  readonly model?: {
    readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[]; // a list in Unigram
    readonly merges?: readonly (string | readonly string[])[];
  };
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
}

/**
 * The first difference between two tokenizers, in words; undefined where the same text has the same ids in both. Texts
 * of tokens, their ids and the order of merges are compared.
 */
export function tokenizerDifference(
  a: { readonly name: string; readonly tokenizer: Tokenizer },
  b: { readonly name: string; readonly tokenizer: Tokenizer },
): string | undefined {
  if (a.tokenizer.json === b.tokenizer.json) return undefined;
  const [first, second] = [a, b].map(({ tokenizer }) => tokenizer.json as TokenizerFile) as [
    TokenizerFile,
    TokenizerFile,
  ];
  const [own, others] = [piecesOf(first), piecesOf(second)];
  const ids = [...new Set([...own.keys(), ...others.keys()])].sort((x, y) => x - y);
  const id = ids.find((each) => own.get(each) !== others.get(each));
  if (id !== undefined) {
    const shown = (piece: string | undefined) => (piece === undefined ? "absent" : JSON.stringify(piece));
    return `token ${id} is ${shown(own.get(id))} in ${a.name} and ${shown(others.get(id))} in ${b.name}`;
  }
  const [rules, otherRules] = [mergesOf(first), mergesOf(second)];
  const rule = rules.findIndex((each, i) => each !== otherRules[i]);
  return rule < 0 && rules.length === otherRules.length
    ? undefined
    : `merge ${rule < 0 ? rules.length : rule} differs between ${a.name} and ${b.name}`;
}

function piecesOf({ model, added_tokens = [] }: TokenizerFile): Map<number, string> {
  const vocab = model?.vocab ?? {};
  const pieces: [number, string][] = Array.isArray(vocab)
    ? (vocab as readonly (readonly [string, number])[]).map(([piece], id) => [id, piece])
    : Object.entries(vocab as Readonly<Record<string, number>>).map(([piece, id]) => [id, piece]);
  return new Map([...pieces, ...added_tokens.map(({ id, content }): [number, string] => [id, content])]);
}

/** Merges are written "a b" in older files and ["a", "b"] in newer ones. */
const mergesOf = ({ model }: TokenizerFile): string[] =>
  (model?.merges ?? []).map((rule) => (typeof rule === "string" ? rule : rule.join(" ")));
