import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "../../lib/core/random";
import { projectPath } from "../../lib/data/paths";
import { smolFolder, transformersPython } from "../full/peer";
import type { Answer, Request, Seconds } from "./decode-child";
import { heldTo, processor } from "./processor";
import { pythonWith } from "./python";

const threads = 2;
const promptTokens = 64;
const batches = [1, 16, 64];

interface Case {
  // SmolLM2-135M-Instruct, its Q4_1 weights widened to float32 for all; without it, the policy that is shipped
  readonly gguf?: boolean;
  readonly tokens: number; // a row writes
  readonly repeats: number; // of each measurement, in each turn
}
const cases: Readonly<Record<string, Case>> = {
  small: { tokens: 128, repeats: 3 },
  "135M": { gguf: true, tokens: 32, repeats: 1 },
};

/**
 * Tokens a second of greedy decoding, ours by a program and eagerly against transformers with PyTorch on the processor
 * and llama.cpp: the same weights in float32, prompts of 64 tokens, batch and threads, no stopping. Each in a process
 * of its own, and in turns; the best of all repeats. `sameRows` counts rows whose tokens are all those of transformers.
 *
 * `case=small`, `batch=16` and `on=program` (or eager, transformers, llama.cpp) keep one; `turns=2` sets how many there
 * are. `simd=avx2` holds us and PyTorch to vectors of that width; llama.cpp runs as it was built.
 */
export async function bench(options: Readonly<Record<string, string>>, log: (line: string) => void): Promise<object> {
  const python = transformersPython();
  const llama =
    wants(options.on, "llama.cpp") && python ? pythonWith("llama-cpp", ["llama-cpp-python==0.3.36"], log) : undefined;
  const run = (command: string, args: readonly string[], request: object) =>
    answerOf(command, args, request, heldTo(options.simd));
  const figures: Record<string, object> = { on: { processor: processor(), vectors: options.simd ?? "the widest" } };
  for (const [name, { gguf, tokens, repeats }] of Object.entries(cases).filter(([name]) => wants(options.case, name))) {
    const smol = gguf && python ? smolFolder(python) : undefined;
    if (gguf && !smol) continue;
    const scratch = mkdtempSync(join(tmpdir(), "decode-"));
    try {
      const shipped = projectPath("data/checkpoints/pubmed-coldstart");
      if (python)
        run(python, [peers], {
          do: "prepare",
          folder: smol ?? shipped,
          to: scratch,
          ...(smol && { gguf: readdirSync(smol).find((file) => file.endsWith(".gguf")) }),
        });
      const folder = gguf ? scratch : shipped;
      for (const B of batches.filter((B) => wants(options.batch, String(B)))) {
        const ids = random("decode").fork(B);
        const prompts = Array.from({ length: B }, () => Array.from({ length: promptTokens }, () => ids.below(2000)));
        const request = { folder, prompts, tokens, repeats, threads };
        const ours = (decoding: Request["decoding"]) => () =>
          run(process.execPath, ["--require", "tsx/cjs", join(__dirname, "decode-child.ts")], {
            ...request,
            backend: "native",
            decoding,
          });
        const contestants: Record<string, () => Answer> = {
          program: ours("program"),
          eager: ours("eager"),
          ...(python && { transformers: () => run(python, [peers], { ...request, do: "transformers" }) }),
          ...(llama && {
            "llama.cpp": () => run(llama, [peers], { ...request, do: "llama.cpp", file: join(scratch, "f32.gguf") }),
          }),
        };
        const answers: Record<string, Answer[]> = {};
        for (let turn = 0; turn < Number(options.turns ?? 2); turn++) {
          for (const [who, answer] of Object.entries(contestants).filter(([who]) => wants(options.on, who))) {
            (answers[who] ??= []).push(answer());
            log(
              `${name}, batch ${B}, ${who}: ${Object.entries(answers[who]!.at(-1)!.ways)
                .map(([way, seconds]) => `${way} ${speed([seconds], B, tokens).tokensPerSecond} tok/s`)
                .join(", ")}`,
            );
          }
        }
        figures[`${name}, batch ${B}`] = summary(answers, B, tokens);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
  return figures;
}

const peers = join(__dirname, "decode-peers.py");
const wants = (option: string | undefined, name: string): boolean => option === undefined || option === name;

/** Runs a child on a request. Answers arrive as the last line. */
function answerOf(command: string, args: readonly string[], request: object, held: NodeJS.ProcessEnv): Answer {
  const env = { ...process.env, ...held, OMP_NUM_THREADS: String(threads), TF_NUM_INTRAOP_THREADS: String(threads) };
  const text = execFileSync(command, [...args], {
    input: JSON.stringify(request),
    encoding: "utf8",
    env,
    maxBuffer: 2 ** 28,
    stdio: ["pipe", "pipe", "pipe"],
  }); // what libraries say on stderr shows where one fails
  return JSON.parse(text.trim().split("\n").at(-1)!) as Answer;
}

interface Speed {
  readonly tokensPerSecond: number; // of all rows, their prompts' reading included
  readonly msPerStep: number; // after the first token
  readonly msToFirstToken: number;
}

function speed(turns: readonly Seconds[], B: number, tokens: number): Speed {
  const [first, all] = [
    Math.min(...turns.flatMap((seconds) => seconds.first)),
    Math.min(...turns.flatMap((seconds) => seconds.all)),
  ];
  return {
    tokensPerSecond: Math.round((B * tokens) / all),
    msPerStep: rounded(((all - first) / (tokens - 1)) * 1000),
    msToFirstToken: rounded(first * 1000),
  };
}

function summary(answers: Readonly<Record<string, readonly Answer[]>>, B: number, tokens: number): object {
  const figures: Record<string, Record<string, Speed>> = {};
  for (const [who, turns] of Object.entries(answers))
    figures[who] = Object.fromEntries(
      Object.keys(turns[0]!.ways).map((way) => [
        way,
        speed(
          turns.map(({ ways }) => ways[way]!),
          B,
          tokens,
        ),
      ]),
    );
  const theirs = answers["transformers"];
  const best = (name: string): number =>
    Math.max(
      ...Object.entries(figures["transformers"]!)
        .filter(([way]) => way.startsWith(name))
        .map(([, { tokensPerSecond }]) => tokensPerSecond),
    );
  const own = figures["program"]?.["program"]?.tokensPerSecond;
  return {
    ...Object.fromEntries(
      Object.entries(figures).map(([who, ways]) => [
        who,
        {
          version: answers[who]![0]!.version,
          ...ways,
          ...(theirs &&
            who !== "transformers" && {
              sameRows:
                `${answers[who]![0]!.tokens.filter((row, b) => String(row) === String(theirs[0]!.tokens[b])).length} ` +
                `of ${B}`,
            }),
        },
      ]),
    ),
    ...(own &&
      theirs && {
        timesTransformersGenerate: rounded(own / best("generate")),
        timesBestOfTransformers: rounded(own / best("")),
      }),
  };
}

const rounded = (value: number): number => Number(value.toPrecision(3));
