import { useBackend } from "../../../lib/backend/choose";
import { qwen2, type Policy } from "../../../lib/models/policy";
import { type batchingDefaults, type ServedModel, servedModel } from "../../../lib/serving/batching/served-model";
import { type Listening, listen } from "../../../lib/serving/http/listen";
import { createServer } from "../../../lib/serving/http/server";
import { openAIService } from "../../../lib/serving/openai/openai-service";

/** The embedded policy behind OpenAI's API on this machine. */
export async function embedded(limits: Partial<typeof batchingDefaults> = {}): Promise<{
  readonly policy: Policy;
  readonly model: ServedModel;
  readonly server: Listening;
  readonly post: (path: string, body: object) => Promise<Response>;
  readonly close: () => Promise<void>;
}> {
  await useBackend();
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const model = servedModel(policy, "pubmed-coldstart", limits);
  const server = await listen(await createServer([openAIService([model])], { logLevel: "silent" }), { port: 0 });
  return {
    policy,
    model,
    server,
    post: (path, body) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    async close() {
      await server.close();
      policy.dispose();
    },
  };
}

/** A question as the embedded policy was trained on. */
export const question = (n: number): string =>
  `<|im_start|>user\nRewrite for PubMed.\nP: adults with asthma ${n}\nI: aspirin\nC: placebo\nO: pain<|im_end|>\n` +
  "<|im_start|>assistant\n<think>";
