import { SearchUnavailable } from "../../core/errors";
import { mapLimit } from "../../core/calls/limit";
import type { Embedder } from "../../core/roles";
import { settings } from "../../core/settings";
import { postJson } from "../../core/http/post-json";

/** Settings of an encoder on a server. */
const embeddingsDefaults = {
  /** The key that is sent as a bearer token. */
  apiKey: "",
  /** A text before every query: "query: " for e5, an instruction for bge (encoderRecipes). */
  queryPrefix: "",
  passagePrefix: "",
  /** Texts in one request. */
  batch: 64,
  /** Requests that are open at a time. */
  inFlight: 4,
  attempts: 5,
  /** Seconds that one attempt may take. */
  timeoutSeconds: 60,
};

/**
 * An encoder behind an OpenAI-compatible endpoint: vLLM, text-embeddings-inference, llama.cpp, OpenAI.
 * `embeddings("http://127.0.0.1:8000/v1", "BAAI/bge-m3")` posts to …/v1/embeddings.
 *
 * Vectors are as the server makes them, normalised or not. An empty text is sent as one space, because servers refuse
 * "". `embed` throws SearchUnavailable for an outage or an answer without the requested vectors; TypeError for a
 * request that the server refuses (HTTP 4xx); Interrupted.
 */
export function embeddings(url: string, model: string, options: Partial<typeof embeddingsDefaults> = {}): Embedder {
  const { apiKey, queryPrefix, passagePrefix, batch, inFlight, ...patience } = settings(
    "embeddings",
    embeddingsDefaults,
    options,
  );
  const server = `Embeddings server ${url}`;
  return {
    name: model,
    async embed(texts, { as = "passage", signal } = {}) {
      const prefix = as === "query" ? queryPrefix : passagePrefix;
      const starts = Array.from({ length: Math.ceil(texts.length / batch) }, (_, i) => i * batch);
      const parts = await mapLimit(starts, inFlight, async (from) => {
        const input = texts.slice(from, from + batch).map((text) => prefix + text || " ");
        const { status, json } = await postJson(
          server,
          `${url.replace(/(?<!\/)\/+$/, "")}/embeddings`,
          { model, input, encoding_format: "float" },
          { ...patience, ...(apiKey && { headers: { authorization: `Bearer ${apiKey}` } }), ...(signal && { signal }) },
        );
        if (status >= 400)
          throw new TypeError(
            `embeddings: ${server} refuses the request with HTTP ${status}: ` +
              `${JSON.stringify(json).slice(0, 300)}. ` +
              `See that it serves ${model} and that the texts are not too long for it.`,
          );
        return vectorsOf(server, json, input.length);
      });
      const D = parts[0]?.[0]?.length ?? 0;
      const flat = new Float32Array(texts.length * D);
      for (const [i, vector] of parts.flat().entries()) {
        if (vector.length !== D)
          throw new SearchUnavailable(
            server,
            `it gave vectors of ${D} and of ${vector.length} dimensions`,
            "See that one model answers.",
          );
        flat.set(vector, i * D);
      }
      return flat;
    },
  };
}

/** The vectors of a reply, by their `index`. */
function vectorsOf(server: string, json: unknown, count: number): number[][] {
  const data = (json as { data?: { index?: number; embedding?: unknown }[] } | null)?.data;
  const vectors = new Array<number[]>(count);
  if (Array.isArray(data))
    for (const [i, { index = i, embedding }] of data.entries())
      if (Array.isArray(embedding) && embedding.every((value) => Number.isFinite(value)))
        vectors[index] = embedding as number[];
  const missing = Array.from(vectors.slice(0, count)).findIndex((vector) => !vector?.length);
  if (missing >= 0 || vectors.length !== count)
    throw new SearchUnavailable(
      server,
      `${count} texts went in, and the vector of number ${missing} is not in the reply ` +
        `${JSON.stringify(json).slice(0, 120)}`,
      "Is this an OpenAI-compatible /v1 address?",
    );
  return vectors;
}
