import { readFileSync } from "node:fs";
import { useBackend } from "../../lib/backend/choose";
import type { BackendName } from "../../lib/backend/loader";
import { eagerDecoding } from "../../lib/models/generation/decoding/decoding";
import { decodingOf } from "../../lib/models/generation/decoding/program-decoding";
import { decodingTimes } from "./decoding-times";
import { model } from "../../lib/models/model";

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
  const decoding = name === "program" ? decodingOf(policy, prompts[0]!.length + tokens) : eagerDecoding(policy);
  const { first, all, tokens: rows } = await decodingTimes(policy, decoding, { prompts, tokens, repeats });
  process.stdout.write(
    `${JSON.stringify({ version, ways: { [name]: { first, all } }, tokens: rows } satisfies Answer)}\n`,
  );
}

void main(JSON.parse(readFileSync(0, "utf8")) as Request);
