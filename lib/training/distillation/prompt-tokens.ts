/** A token of a prompt as a server reads it. */
export interface PromptToken {
  readonly logp: number; // nats
  readonly text?: string | undefined;
}

/**
 * The log-probabilities of a prompt in a reply of the completions API, one place a token. A place is undefined where
 * the server has no number: at the first token, and at an id that it does not know. Undefined where the reply has none.
 *
 * vLLM:    choices[0].prompt_logprobs = [null, { "<id>": { logprob, decoded_token }, … }, …]
 * echo:    choices[0].logprobs = { tokens: [text, …], token_logprobs: [null, number, …] }
 *
 * @param ids of the prompt
 */
export function promptTokens(json: unknown, ids: readonly number[]): (PromptToken | undefined)[] | undefined {
  const { choices } = (json ?? {}) as { choices?: unknown };
  const choice = ((Array.isArray(choices) ? choices[0] : undefined) ?? {}) as {
    readonly prompt_logprobs?: unknown;
    readonly logprobs?: { readonly tokens?: unknown; readonly token_logprobs?: unknown } | null;
  };
  const { prompt_logprobs: places } = choice;
  if (Array.isArray(places) && places.length === ids.length)
    return ids.map((id, t) => {
      const { logprob, decoded_token } = ((places[t] as Record<string, unknown> | null)?.[id] ?? {}) as {
        logprob?: unknown;
        decoded_token?: unknown;
      };
      return tokenOf(logprob, decoded_token);
    });
  const { tokens, token_logprobs: logps } = choice.logprobs ?? {};
  if (Array.isArray(tokens) && Array.isArray(logps) && tokens.length === logps.length && logps.length >= ids.length)
    return ids.map((_, t) => tokenOf(logps[t], tokens[t])); // what is generated stands after the prompt
  return undefined;
}

const tokenOf = (logp: unknown, text: unknown): PromptToken | undefined =>
  typeof logp === "number" && Number.isFinite(logp)
    ? { logp, text: typeof text === "string" ? text : undefined }
    : undefined;
