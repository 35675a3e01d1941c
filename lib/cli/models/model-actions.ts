import { useBackend } from "../../backend/choose";
import { random } from "../../core/random";
import type { Completion } from "../../core/records";
import { findTokenizer } from "../../models/checkpoints/find-tokenizer";
import { generateBatch, generateStream } from "../../models/generation/generate";
import { lastLogits } from "../../models/decoder/logits";
import { model } from "../../models/model";
import type { Policy } from "../../models/policy";
import type { ModelRequest } from "./model-request";
import { idsWithin, inBatches } from "./prompts";

/** `deepretrieval model tokenize`: the tokens of each prompt. Needs the tokenizer's files only. */
export async function tokenize({ name, prompts, idsOf, write }: ModelRequest): Promise<void> {
  const own = await findTokenizer(name);
  for await (const prompt of prompts()) {
    const ids = idsOf(own, prompt);
    write({ ids }, ids.join(" "));
  }
}

/** `deepretrieval model logits`: next-token logits for each prompt. */
export async function logits(request: ModelRequest): Promise<void> {
  await withModel(request, async (policy) => {
    for await (const prompt of request.prompts()) {
      const tokens = idsWithin(request.idsOf, policy, prompt);
      const logits = Array.from(lastLogits(policy, tokens));
      const best = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 5);
      request.write(
        { tokens, logits },
        best
          .map(
            (id) => `${logits[id]!.toFixed(4).padStart(10)}  ${JSON.stringify(policy.tokenizer.decode([id]))} (${id})`,
          )
          .join("\n"),
      );
    }
  });
}

/** `deepretrieval model generate`: a response to each prompt. */
export async function generate(request: ModelRequest): Promise<void> {
  await withModel(request, async (policy) => {
    const { seed, batch, stream, ...sampling } = request.settings;
    const streams = random(seed).fork("generate");
    let done = 0;
    for await (const prompts of inBatches(request.prompts(), stream ? 1 : batch)) {
      const before = done;
      // a row's text does not depend on the batch
      const rng = { ...streams, fork: (row: string | number) => streams.fork(before + Number(row)) };
      const ids = prompts.map((prompt) => idsWithin(request.idsOf, policy, prompt, 1));
      const completions = stream
        ? [await streamed(generateStream(policy, ids[0]!, { ...sampling, rng }))]
        : await generateBatch(policy, ids, { ...sampling, rng });
      for (const { tokens, text, logps } of completions) request.write({ ids: tokens, text, logprobs: logps }, text);
      request.log(`${(done += prompts.length)} done`);
    }
  });
}

/** Writes the pieces to stderr. */
async function streamed(pieces: AsyncGenerator<string, Completion, void>): Promise<Completion> {
  for (;;) {
    const next = await pieces.next();
    process.stderr.write(next.done ? "\n" : next.value);
    if (next.done) return next.value;
  }
}

async function withModel(
  { name, backend, loading, log }: ModelRequest,
  work: (policy: Policy) => Promise<void>,
): Promise<void> {
  const { name: chosen, version, device, precision = "f32" } = await useBackend(backend);
  log(`loading ${name} on ${chosen} (${version}${device === "gpu" ? `, on the card in ${precision}` : ""})`);
  const policy = await model(name, {
    ...loading,
    onProgress: ({ file, done, size }) => done === size && log(`loaded ${file}`),
  });
  try {
    await work(policy);
  } finally {
    policy.dispose();
  }
}
