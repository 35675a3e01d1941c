import { useBackend } from "../../lib/backend/choose";
import { random } from "../../lib/core/random";
import { qwen2 } from "../../lib/models/policy";
import { servePrompts } from "./serve-prompts";

/**
 * Batched generation alone, one prompt at a time, and the time to a first piece of text: the library without a server.
 */
async function main(seconds: number): Promise<void> {
  await useBackend();
  const policy = qwen2("data/checkpoints/pubmed-coldstart");
  const prompts = await servePrompts();
  const options = { temperature: 1, maxTokens: 128 };
  const rate = async (batch: number, at: number) => {
    let tokens = 0;
    const began = performance.now();
    for (let turn = 0; performance.now() - began < seconds * 1000; turn++) {
      const some = Array.from({ length: at }, (_, i) => prompts[(turn * at + i) % prompts.length]!);
      const rng = random("serve").fork(at, turn);
      for (const completion of await policy.generate(some, { ...options, batch, rng }))
        tokens += completion.tokens.length;
    }
    return tokens / ((performance.now() - began) / 1000);
  };
  await policy.generate(prompts.slice(0, 64), options); // to warm up
  const batched = await rate(64, 512);
  const single = await rate(1, 1);
  const first: number[] = [];
  for (let i = 0; i < 60; i++) {
    const began = performance.now();
    for await (const _ of policy.stream(prompts[i % prompts.length]!, options)) break;
    first.push(performance.now() - began);
  }
  process.stdout.write(`${JSON.stringify({ batched, single, first })}\n`);
}

void main(Number(process.argv[2]));
