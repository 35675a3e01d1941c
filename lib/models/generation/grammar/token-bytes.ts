import { byteOfCharacter } from "../../tokenizers/byte-characters";
import type { Tokenizer } from "../../tokenizers/tokenizer";

/**
 * The bytes of every token that writes text, by id. A special token and an id without a token have none. Throws
 * TypeError for a vocabulary that is no byte-level BPE, such as Llama 2's.
 */
export function tokenBytes({ json, size }: Pick<Tokenizer, "json" | "size">): (Uint8Array | undefined)[] {
  const { model, added_tokens: added = [] } = json as {
    model?: { vocab?: Record<string, number> };
    added_tokens?: { id: number; content: string; special: boolean }[];
  };
  const apart = new Set(added.map(({ content }) => content));
  const bytes = new Array<Uint8Array | undefined>(size).fill(undefined);
  for (const [token, id] of Object.entries(model?.vocab ?? {})) {
    if (apart.has(token)) continue;
    const own = Uint8Array.from(token, (character) => byteOfCharacter.get(character) ?? refuse(token));
    bytes[id] = own.length ? own : undefined;
  }
  for (const { id, content, special } of added) bytes[id] = special ? undefined : new TextEncoder().encode(content);
  return bytes;
}

function refuse(token: string): never {
  throw new TypeError(
    `grammar: the tokenizer has a token ${JSON.stringify(token)}, which is not written in bytes. A grammar needs a ` +
      "byte-level BPE vocabulary, as Qwen's, Llama 3's and SmolLM2's are.",
  );
}
