import { readFileSync } from "node:fs";
import { useBackend } from "../../lib/backend/choose";
import type { BackendName } from "../../lib/backend/loader";
import { eagerDecoding } from "../../lib/models/generation/decoding/decoding";
import { decodingOf } from "../../lib/models/generation/decoding/program-decoding";
import { model } from "../../lib/models/model";
import { ongoingCompletion } from "../../lib/models/generation/ongoing-completion";
import { samplingSettings } from "../../lib/models/generation/sampling-options";
import { generateTokens } from "../../lib/models/generation/batch-loop";

/** What decode.bench.ts asks of a process. */
export interface Request {
  readonly backend: BackendName;
  readonly decoding: "program" | "eager";
  readonly folder: string;
  readonly prompts: readonly (readonly number[])[];
  readonly tokens: number; // of each row, greedy, without stopping
  readonly repeats: number;
}

/** Seconds of one token a row, and of all. */
export type Seconds = { readonly first: number[]; readonly all: number[] };

/** What a process answers. */
export interface Answer {
  readonly version: string;
  readonly ways: Readonly<Record<string, Seconds>>;
  readonly tokens: readonly (readonly number[])[]; // that were written
}

/** Generates as asked on stdin, as generateBatch does, and writes an Answer as JSON. */
async function main({ backend, decoding: name, folder, prompts, tokens, repeats }: Request): Promise<void> {
  const { version: library, vectors } = await useBackend(backend);
  const version = vectors ? `${library}, ${vectors}` : library;
  const policy = await model(folder);
  const { tokenizer } = policy;
  const decoding = name === "program" ? decodingOf(policy, prompts[0]!.length + tokens) : eagerDecoding(policy);
  const endless = { ...tokenizer, stops: [] };
  const write = async (maxTokens: number) => {
    const settings = { ...samplingSettings({ temperature: 0, maxTokens }), batch: prompts.length };
    const rows = prompts.map((prompt, i) => ongoingCompletion(prompt, i, endless, settings));
    const began = performance.now();
    for await (const _ of generateTokens(decoding, rows, tokenizer.pad, settings));
    return { seconds: (performance.now() - began) / 1000, rows: rows.map((row) => row.tokens) };
  };
  let { rows } = await write(tokens); // to warm up
  const [first, all]: [number[], number[]] = [[], []];
  for (let i = 0; i < repeats; i++) {
    first.push((await write(1)).seconds);
    const whole = await write(tokens);
    all.push(whole.seconds);
    rows = whole.rows;
  }
  process.stdout.write(
    `${JSON.stringify({ version, ways: { [name]: { first, all } }, tokens: rows } satisfies Answer)}\n`,
  );
}

void main(JSON.parse(readFileSync(0, "utf8")) as Request);
