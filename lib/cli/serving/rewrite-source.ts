import type { SearchEngine } from "../../core/roles";
import { useBackend } from "../../backend/choose";
import { model as loadModel, type ModelOptions } from "../../models/model";
import { type Policy, qwen2 } from "../../models/policy";
import { publishedCheckpoint } from "../../prompts/published-checkpoints";
import { modelName, texts } from "../command/options";
import { UsageError } from "../command/usage";
import { engineNamed, engineNames } from "../scoring/score-engines";
import { rewriteTaskNames } from "../../serving/rewriting/rewrite-tasks";

/** Options of every command that rewrites. */
export const modelOptions = {
  model: modelName("a Hub id, a folder in Hugging Face layout, a .safetensors or .gguf file", "ID|PATH"),
  adapter: modelName("low-rank adapters on it, as PEFT writes them", "ID|PATH"),
  search: texts("TASK=ENGINE", `what a task searches, such as pubmed=pubmed: ${engineNames.join(", ")}`),
};

const embedded = "data/checkpoints/pubmed-coldstart";

/** What the embedded policy can and cannot do, for whoever asked for no other. */
export const embeddedNote =
  "No --model was given, so the embedded policy answers. It was trained on synthetic review questions for PubMed, in " +
  "parts (P, I, C, O), and knows their words only; --model names a model for real questions.";

/** The model that the command line names, or the embedded policy. The caller disposes of it. */
export async function policyNamed(name: string | undefined, adapter: string | undefined): Promise<Policy> {
  const options: ModelOptions = adapter === undefined ? {} : { adapter };
  if (name !== undefined) return loadModel(name, options);
  if (adapter !== undefined) throw new UsageError("--adapter: on which model? Give --model ID|PATH");
  await useBackend();
  return qwen2(embedded);
}

/** Whether a model is the embedded policy, which knows the short prompts only. */
export const isEmbedded = (name: string): boolean => publishedCheckpoint(name)?.base === "own";

/**
 * The engines that `--search` names, and those that tasks have without it. Each is opened when it is first asked for,
 * once; one that does not open is tried again at the next search.
 */
export function enginesOf(given: readonly string[], own: boolean): (task: string) => Promise<SearchEngine> | undefined {
  const named = new Map<string, string>(
    own
      ? [["pubmed", "synthetic"]]
      : [
          ["pubmed", "pubmed"],
          ["ctgov", "ctgov"],
        ],
  );
  for (const text of given) {
    const [task, engine] = text.split(/=(.*)/s) as [string, string?];
    if (!engine || !rewriteTaskNames.includes(task))
      throw new UsageError(`--search ${text}: write TASK=ENGINE. Tasks: ${rewriteTaskNames.join(", ")}`);
    named.set(task, engine);
  }
  const opened = new Map<string, Promise<SearchEngine>>();
  return (task) => {
    const engine = named.get(task);
    if (engine === undefined) return undefined;
    const open = opened.get(task) ?? engineNamed(engine);
    opened.set(task, open);
    open.catch(() => opened.delete(task));
    return open;
  };
}
