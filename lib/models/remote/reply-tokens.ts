/** The tokens of a reply as the server tells them. T is their number; a list that it does not give is empty. */
interface ReplyTokens {
  readonly pieces: readonly string[]; // [T] their texts
  readonly ids: readonly number[]; // [T]
  readonly logps: readonly number[]; // [T] nats
}

const none: ReplyTokens = { pieces: [], ids: [], logps: [] };

/**
 * Reads `logprobs` of an OpenAI-compatible choice: `content` in chats (and in all of llama.cpp, which adds ids),
 * `tokens` and `token_logprobs` in completions. vLLM gives ids apart, as `token_ids`, where `return_token_ids` asks for
 * them, and in place of texts, as "token_id:17", where `return_tokens_as_token_ids` does; their texts are then not
 * known.
 */
export function replyTokens(choice: Readonly<Record<string, unknown>>): ReplyTokens {
  const { content, tokens, token_logprobs } = (choice["logprobs"] ?? {}) as {
    content?: unknown;
    tokens?: unknown;
    token_logprobs?: unknown;
  };
  const rows = Array.isArray(content)
    ? (content as ({ token?: unknown; logprob?: unknown; id?: unknown } | null)[])
    : undefined;
  const pieces = rows ? rows.map((row) => row?.token) : tokens;
  const logps = rows ? rows.map((row) => row?.logprob) : token_logprobs;
  const ids = choice["token_ids"] ?? idsOfNames(pieces) ?? rows?.map((row) => row?.id);
  const known = texts(pieces) && numbers(logps) && pieces.length === logps.length ? { pieces, logps } : none;
  return { ...known, ids: numbers(ids) && (known === none || ids.length === known.logps.length) ? ids : [] };
}

/** The ids in "token_id:17"; undefined where the texts are no such names. */
const idsOfNames = (pieces: unknown): number[] | undefined =>
  texts(pieces) && pieces.length > 0 && pieces.every((piece) => /^token_id:\d+$/.test(piece))
    ? pieces.map((piece) => Number(piece.slice("token_id:".length)))
    : undefined;

/** The tokens after the first `cut` characters; none where `cut` falls inside a token or is not known. */
export function tokensAfter({ pieces, ids, logps }: ReplyTokens, cut: number | undefined): ReplyTokens {
  if (cut === 0) return { pieces, ids, logps };
  let [count, length] = [0, 0];
  while (length < (cut ?? Infinity) && count < pieces.length) length += pieces[count++]!.length;
  return length === cut ? { pieces: pieces.slice(count), ids: ids.slice(count), logps: logps.slice(count) } : none;
}

const texts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
const numbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => Number.isFinite(each));
