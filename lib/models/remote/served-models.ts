import { postJson } from "../../core/http/post-json";

/** A server does not have the model that a request names. */
export class ModelNotServed extends RangeError {
  override readonly name = "ModelNotServed";
  constructor(server: string, model: string, served: readonly string[]) {
    super(
      `${server} does not serve ${JSON.stringify(model)}; it serves ` +
        `${served.map((name) => JSON.stringify(name)).join(", ")}. Pass one of these names.`,
    );
  }
}

/**
 * The names of the models that an OpenAI-compatible server lists at GET …/models, which vLLM, SGLang and llama.cpp
 * have; none where it lists none. Throws SearchUnavailable where it does not answer in time or refuses the key.
 *
 * @param base of the API, such as "http://127.0.0.1:8000/v1"
 */
export async function servedModels(
  server: string,
  base: string,
  { headers, timeoutSeconds, signal }: Omit<NonNullable<Parameters<typeof postJson>[3]>, "method" | "attempts">,
): Promise<readonly string[]> {
  const { status, json } = await postJson(server, `${base.replace(/\/+$/, "")}/models`, "", {
    ...{ method: "GET", attempts: 1, signal },
    ...(headers && { headers }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  });
  const { data } = (json ?? {}) as { data?: unknown };
  if (status >= 400 || !Array.isArray(data)) return [];
  return data.map((model: { id?: unknown } | null) => model?.id).filter((id): id is string => typeof id === "string");
}
