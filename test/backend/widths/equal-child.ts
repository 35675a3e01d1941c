import { useBackend } from "../../../lib/backend/choose";
import { tf } from "../../../lib/backend/tf";
import { lastLogits } from "../../../lib/models/decoder/logits";
import { qwen2 } from "../../../lib/models/policy";
import { pubmed } from "../../../lib/tasks/pubmed";
import { maskedMean } from "../../../lib/training/losses/masked-mean";
import { adamW } from "../../../lib/training/optimizer";

/** What the shipped checkpoint computes at the width of vectors that the environment names. */
export interface Answer {
  readonly vectors: string | undefined;
  readonly logits: readonly number[]; // after one prompt
  readonly losses: readonly number[]; // of three training steps
  readonly texts: readonly string[]; // written greedily
}

async function main(): Promise<void> {
  const { vectors } = await useBackend("native");
  const task = await pubmed({ split: "test" });
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const prompts = task.problems.slice(0, 8).map((problem) => task.prompt(problem));
  const completions = await policy.generate(prompts, { temperature: 0, maxTokens: 96 });
  const ids = policy.tokenizer.encode(prompts[0]!);
  const logits = [...lastLogits(policy, ids)];
  const sequences = prompts.map((prompt, i) => ({
    prompt: policy.tokenizer.encode(prompt),
    response: policy.tokenizer.encode(completions[i]!.text),
  }));
  const batch = policy.batch(sequences);
  const optimizer = adamW(policy.variables);
  const loss = () => tf.tidy(() => maskedMean(policy.tokenLogps(batch).logps, batch.responseMask).neg() as tf.Scalar);
  const losses = [1, 2, 3].map(() => optimizer.minimise(loss, 1e-4).loss);
  const answer: Answer = { vectors, logits, losses, texts: completions.map(({ text }) => text) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

void main();
