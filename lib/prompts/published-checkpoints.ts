import { promptFamilies } from "./prompt-family";

/** A checkpoint whose training prompt is known. */
export interface PublishedCheckpoint {
  readonly id: string; // on the Hub, or of this library's own, its folder
  readonly prompts: readonly string[]; // families of data sets, the one that it was trained on first
  readonly base: "qwen" | "llama" | "own";
  readonly maxTokens: number; // of a response in DeepRetrieval's evaluation
}

/** The published checkpoints of DeepRetrieval and the embedded one. Source: its scripts/eval and src/eval. */
export const publishedCheckpoints: readonly PublishedCheckpoint[] = [
  { id: "DeepRetrieval/DeepRetrieval-PubMed-3B", prompts: ["pubmed", "ctgov"], base: "qwen", maxTokens: 512 },
  {
    id: "DeepRetrieval/DeepRetrieval-PubMed-3B-Llama",
    prompts: ["pubmed_32", "ctgov_32"],
    base: "llama",
    maxTokens: 512,
  },
  { id: "DeepRetrieval/DeepRetrieval-CTGov-3B", prompts: ["ctgov_32", "pubmed_32"], base: "llama", maxTokens: 512 },
  { id: "DeepRetrieval/DeepRetrieval-NQ-BM25-3B", prompts: ["nq_serini"], base: "qwen", maxTokens: 512 },
  { id: "DeepRetrieval/DeepRetrieval-TriviaQA-BM25-3B", prompts: ["triviaqa", "squad"], base: "qwen", maxTokens: 512 },
  { id: "DeepRetrieval/DeepRetrieval-SQuAD-BM25-3B-200", prompts: ["squad", "triviaqa"], base: "qwen", maxTokens: 512 },
  { id: "DeepRetrieval/DeepRetrieval-SQL-3B", prompts: ["bird", "spider"], base: "qwen", maxTokens: 512 },
  { id: "DeepRetrieval/DeepRetrieval-SQL-7B", prompts: ["bird", "spider"], base: "qwen", maxTokens: 512 },
  { id: "data/checkpoints/pubmed-coldstart", prompts: ["brief"], base: "own", maxTokens: 144 },
];

/**
 * The default sampling of each base model, which DeepRetrieval's evaluation uses: the generation_config.json of
 * Qwen2.5-Instruct and of Llama-3.2-Instruct.
 */
export const publishedSampling = {
  qwen: { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
  llama: { temperature: 0.6, topP: 0.9 },
  own: { temperature: 1 },
} as const;

/**
 * The checkpoint that a model's name refers to. The name is a Hub id, or a folder or file with the checkpoint's name.
 * Undefined for a name that is not known.
 */
export function publishedCheckpoint(name: string): PublishedCheckpoint | undefined {
  const parts = name
    .replaceAll("\\", "/")
    .replace(/(?<!\/)\/+$/, "")
    .toLowerCase()
    .split("/");
  return publishedCheckpoints.find(({ id }) => parts.includes(id.split("/").at(-1)!.toLowerCase()));
}

/**
 * Why `prompt` is not what a known checkpoint was trained on, in words; undefined where it is, or where the checkpoint
 * is not known.
 */
export function promptMismatch(name: string, prompt: string): string | undefined {
  const checkpoint = publishedCheckpoint(name);
  if (checkpoint === undefined) return undefined;
  const families = promptFamilies(prompt);
  if (families.some((family) => checkpoint.prompts.includes(family))) return undefined;
  const what = families.length > 0 ? `that of ${families.join(" and ")}` : "of no family of DeepRetrieval's data";
  return (
    `${checkpoint.id} was trained on the prompt of ${checkpoint.prompts[0]}, and this prompt is ${what}: ` +
    `${JSON.stringify(prompt.slice(0, 60))}… Its answers will be worse than they could be. ` +
    (checkpoint.base === "own"
      ? "Ask it with the prompts of `pubmed()`."
      : `Read the data set ${checkpoint.prompts[0]} with its own prompts (datasetTask, prompts: "data").`)
  );
}
