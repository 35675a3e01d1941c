import type { Ticket } from "../../models/generation/continuous/continuous-generation";
import type { Request } from "../../models/generation/continuous/request";
import type { ServedModel } from "../batching/served-model";

/** A token of a response with its log-probability, and the likeliest tokens at its place. */
export interface ScoredToken {
  readonly bytes: Uint8Array;
  readonly logp: number;
  readonly top: readonly { readonly bytes: Uint8Array; readonly logp: number }[];
}

/** What is new of a response. */
export interface Piece {
  readonly text: string;
  readonly tokens: readonly ScoredToken[]; // those that are new in the text; the one that ends a response is left out
  readonly reason: "stop" | "length" | undefined; // present at the end
}

/**
 * The pieces of one response, as they come: text that may still begin a stop string is held back until it is certain.
 * The last piece has a reason. A caller that leaves early cancels the request.
 *
 * @param scores whether the tokens are told too
 */
export async function* pieces(
  { request, news }: Ticket,
  model: ServedModel,
  scores: boolean,
): AsyncGenerator<Piece, void> {
  let told = 0; // characters of the text
  let [scored, begins] = [0, 0]; // tokens, and the byte of the text at which the next one begins
  try {
    while (await news()) {
      const { text, reason } = request;
      if (text.length === told && reason === undefined) continue;
      const end = scores ? Buffer.byteLength(text) : 0;
      const tokens: ScoredToken[] = [];
      // a token belongs to the piece in which its text begins; what a stop string cuts off belongs to none
      for (; scored < request.tokens.length && begins < end; scored++) {
        const token = scoredToken(request, scored, model);
        begins += token.bytes.length;
        tokens.push(token);
      }
      yield { text: text.slice(told), tokens, reason };
      told = text.length;
    }
  } finally {
    request.cancel();
  }
}

const scoredToken = ({ tokens, logps, top }: Request, place: number, { bytesOf }: ServedModel): ScoredToken => ({
  bytes: bytesOf(tokens[place]!),
  logp: logps[place]!,
  top: (top[place] ?? []).map(({ token, logp }) => ({ bytes: bytesOf(token), logp })),
});

/** The whole of one response. */
export async function whole(all: AsyncGenerator<Piece, void>): Promise<Piece> {
  const [texts, tokens]: [string[], ScoredToken[]] = [[], []];
  let reason: Piece["reason"];
  for await (const piece of all) {
    texts.push(piece.text);
    tokens.push(...piece.tokens);
    reason = piece.reason;
  }
  return { text: texts.join(""), tokens, reason };
}

/** What several sources yield, as it comes, each with the number of its source. Ends all of them at the end. */
export async function* merged<T>(
  sources: readonly AsyncGenerator<T, void>[],
): AsyncGenerator<readonly [number, T], void> {
  const next = (source: number) => sources[source]!.next().then((result) => ({ source, result }));
  const open = new Map(sources.map((_, source) => [source, next(source)]));
  try {
    while (open.size > 0) {
      const { source, result } = await Promise.race(open.values());
      if (result.done) open.delete(source);
      else {
        open.set(source, next(source));
        yield [source, result.value];
      }
    }
  } finally {
    for (const rest of open.values()) rest.catch(() => undefined); // the first error was thrown
    await Promise.all(sources.map((source) => source.return()));
  }
}
