import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "../../lib/core/random";
import { projectPath } from "../../lib/data/paths";
import { tinyTokenizer } from "../fixtures";
import { transformersPython } from "../full/peer";
import { heldTo, processor } from "./processor";
import type { Answer, Request } from "./trainstep-child";

const threads = 2;

/** The shape of SmolLM2-135M, in transformers' words. */
const smol = {
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_parameters: { rope_type: "default", rope_theta: 1e5 },
  tie_word_embeddings: true,
};

interface Case {
  readonly config?: object; // of a random Llama; without it, the policy that is shipped
  readonly B: number; // sequences
  readonly P: number; // tokens of a prompt
  readonly R: number; // tokens of a response: those that the loss is about
  readonly V: number; // ids are drawn below it
  readonly on: readonly Request["backend"][];
}

const cases: Readonly<Record<string, Case>> = {
  "small 32x128": { B: 32, P: 32, R: 96, V: 2040, on: ["native", "wasm"] },
  "small 16x128, a mini-batch of PPO": { B: 16, P: 40, R: 88, V: 2040, on: ["native", "wasm"] },
  "135M 4x128": { config: smol, B: 4, P: 32, R: 96, V: 49152, on: ["native"] },
};

/**
 * Tokens a second of a training step, ours against transformers with PyTorch on the processor, in fp32: forward,
 * cross-entropy of the response tokens, backward, clipping, AdamW. The same weights, batch and threads on both
 * sides, each in a process of its own, and in turns; the median step of all turns but each turn's first step.
 * `lossDifference` is the largest between their losses and ours, over all steps: they train the same model.
 *
 * `case=135M` keeps the cases whose name begins so; `steps=6` and `turns=2` set how many there are. `simd=avx2` holds
 * both sides to vectors of that width.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const python = transformersPython();
  const steps = Number(options.steps ?? 6);
  const turns = Number(options.turns ?? 2);
  const run = (command: string, args: readonly string[], request: object) =>
    answerOf(command, args, request, heldTo(options.simd));
  const figures: Record<string, object> = { on: { processor: processor(), vectors: options.simd ?? "the widest" } };
  for (const [name, { config, B, P, R, V, on }] of Object.entries(cases).filter(([name]) =>
    name.startsWith(options.case ?? ""),
  )) {
    const scratch = mkdtempSync(join(tmpdir(), "trainstep-"));
    try {
      const folder = config ? scratch : projectPath("data/checkpoints/pubmed-coldstart");
      if (config && !python) continue;
      if (config) {
        run(python!, [peer], { do: "make", folder, config });
        writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer.json)); // transformers wrote none
      }
      const ids = random("trainstep").fork(name);
      const draw = (length: number) => Array.from({ length }, () => ids.below(V));
      const sequences = Array.from({ length: B }, () => ({ prompt: draw(P), response: draw(R) }));
      const request = { folder, sequences, steps, learningRate: 1e-4, threads };
      const answers: Record<string, Answer[]> = {};
      for (let turn = 0; turn < turns; turn++) {
        const ask = (who: string, answer: () => Answer) => {
          (answers[who] ??= []).push(answer());
          log(
            `${name}, ${who}: ${answers[who]!.at(-1)!
              .seconds.map((s) => s.toFixed(2))
              .join(" ")} s`,
          );
        };
        for (const backend of on)
          if (!options.on || options.on.includes(backend))
            ask(backend, () =>
              run(process.execPath, ["--require", "tsx/cjs", join(__dirname, "trainstep-child.ts")], {
                ...request,
                backend,
              }),
            );
        if (python && (!options.on || options.on.includes("torch")))
          ask("torch", () => run(python, [peer], { ...request, do: "train" }));
      }
      figures[name] = {
        parameters: Object.values(answers)[0]![0]!.parameters,
        ...Object.fromEntries(
          Object.entries(answers).map(([who, turns]) => [who, summary(turns, B * (P + R), answers.torch)]),
        ),
      };
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  return figures;
}

const peer = join(__dirname, "trainstep-peer.py");

/** Runs a child on a request. Answers arrive as the last line. */
function answerOf(command: string, args: readonly string[], request: object, held: NodeJS.ProcessEnv): Answer {
  const env = { ...process.env, ...held, OMP_NUM_THREADS: String(threads), TF_NUM_INTRAOP_THREADS: String(threads) };
  const text = execFileSync(command, [...args], {
    input: JSON.stringify(request),
    encoding: "utf8",
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  return JSON.parse(text.trim().split("\n").at(-1)!) as Answer;
}

function summary(turns: readonly Answer[], tokens: number, theirs: readonly Answer[] | undefined): object {
  const rate = (answers: readonly Answer[]): number =>
    tokens / median(answers.flatMap(({ seconds }) => seconds.slice(1)));
  const [{ version, losses }] = turns as [Answer];
  return {
    version,
    tokensPerSecond: Math.round(rate(turns) * 10) / 10,
    ...(theirs &&
      turns !== theirs && {
        timesTorch: Math.round((rate(turns) / rate(theirs)) * 100) / 100,
        lossDifference: Math.max(...losses.map((loss, i) => Math.abs(loss - theirs[0]!.losses[i]!))),
      }),
    peakGB: Math.round(Math.max(...turns.map(({ peakGB }) => peakGB)) * 100) / 100,
  };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
