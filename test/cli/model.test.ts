import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { main } from "../../lib/cli/main";
import { random } from "../../lib/core/random";
import { useBackend } from "../../lib/backend/choose";
import { lastLogits } from "../../lib/models/decoder/logits";
import { model } from "../../lib/models/model";
import { taught, temporaryFolder, tinyPolicy, tinyTokenizer } from "../fixtures";

const folder = temporaryFolder();
const policy = (async () => {
  await useBackend("cpu");
  const made = tinyPolicy();
  made.save(folder);
  return made;
})();

/** Runs `deepretrieval model …` with this on stdin, and returns its exit code and what it wrote. */
async function run(
  args: readonly string[],
  input = "",
): Promise<{ status: number; rows: Record<string, unknown>[]; out: string; err: string }> {
  await policy;
  const written = { stdout: "", stderr: "" };
  const real = {
    stdout: process.stdout.write,
    stderr: process.stderr.write,
    stdin: Object.getOwnPropertyDescriptor(process, "stdin")!,
  };
  Object.defineProperty(process, "stdin", { value: Readable.from([Buffer.from(input)]), configurable: true });
  for (const name of ["stdout", "stderr"] as const)
    process[name].write = (text: string | Uint8Array) => ((written[name] += String(text)), true);
  try {
    await main(["model", ...args]);
    const rows = args.includes("--json")
      ? written.stdout
          .trim()
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      : [];
    return { status: Number(process.exitCode ?? 0), rows, out: written.stdout, err: written.stderr };
  } finally {
    Object.defineProperty(process, "stdin", real.stdin);
    Object.assign(process.stdout, { write: real.stdout });
    Object.assign(process.stderr, { write: real.stderr });
    process.exitCode = undefined; // of this test, not of the command
  }
}
const jsonl = (...prompts: string[]) => prompts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join("");

test("tokenize needs tokenizer.json and nothing else", async () => {
  await policy;
  const bare = temporaryFolder();
  copyFileSync(join(folder, "tokenizer.json"), join(bare, "tokenizer.json"));
  for (const name of [bare, join(bare, "tokenizer.json")]) {
    const { status, rows, err } = await run(["tokenize", "--model", name, "--prompt", "the cat", "--json"]);
    assert.equal([status, rows], [0, [{ ids: tinyTokenizer.encode("the cat") }]], err);
  }
  assert.match(
    (await run(["tokenize", "--model", temporaryFolder(), "--prompt", "a"])).err,
    /config.json: it is missing/,
  );
});

test("tokenize writes the ids of each row", async () => {
  const { status, rows } = await run(["tokenize", "--model", folder, "--json"], jsonl("the cat", "<|im_end|>", ""));
  assert.equal([status, rows], [0, [{ ids: tinyTokenizer.encode("the cat") }, { ids: [295] }, { ids: [] }]]);
});

test("logits writes the prompt's tokens and the last position's logits", async () => {
  const { status, rows } = await run(["logits", "--model", folder, "--prompt", "the cat", "--json"]);
  const tokens = tinyTokenizer.encode("the cat");
  assert.equal([status, rows], [0, [{ tokens, logits: Array.from(lastLogits(await policy, tokens)) }]]);
});

test("generate writes what the policy generates, greedily, whatever the batch", async () => {
  const prompts = ["the cat", "sat on", "mats"];
  const expected = await (await policy).generate(prompts, { maxTokens: 6, temperature: 0 });
  const whole = await run(["generate", "--model", folder, "--max-tokens", "6", "--json"], jsonl(...prompts));
  assert.is(whole.status, 0, whole.err);
  assert.equal(
    whole.rows.map(({ ids, text }) => ({ ids, text })),
    expected.map(({ tokens, text }) => ({ ids: tokens, text })),
  );
  assert.equal(
    whole.rows.map(({ logprobs }) => (logprobs as number[]).length),
    expected.map(({ tokens }) => tokens.length),
  );
});

test("sampled text does not depend on the batch", async () => {
  const sampled = async (batch: string) =>
    (
      await run(
        [
          "generate",
          "--model",
          folder,
          "--max-tokens",
          "5",
          "--temperature",
          "1",
          "--seed",
          "3",
          "--batch",
          batch,
          "--json",
        ],
        jsonl("a", "bb", "ccc"),
      )
    ).rows.map(({ ids }) => ids);
  assert.equal(await sampled("1"), await sampled("3"));
});

test("every option of sampling reaches the policy", async () => {
  const given = [
    "--temperature",
    "0.9",
    "--top-k",
    "40",
    "--top-p",
    "0.95",
    "--min-p",
    "0.01",
    "--repetition-penalty",
    "1.2",
    "--stop",
    "e",
    "--stop",
    "zz",
  ];
  const { rows, err } = await run([
    "generate",
    "--model",
    folder,
    "--prompt",
    "the cat",
    "--max-tokens",
    "9",
    ...given,
    "--json",
  ]);
  const [expected] = await (await policy).generate(["the cat"], {
    maxTokens: 9,
    temperature: 0.9,
    topK: 40,
    topP: 0.95,
    minP: 0.01,
    repetitionPenalty: 1.2,
    stop: ["e", "zz"],
    rng: random(0).fork("generate"),
  });
  assert.equal(
    rows.map(({ ids, text }) => ({ ids, text })),
    [{ ids: expected!.tokens, text: expected!.text }],
    err,
  );
});

test("a stream writes each text to stderr as it comes, and the rows as always", async () => {
  const plain = await run(["generate", "--model", folder, "--max-tokens", "9", "--json"], jsonl("the cat", "sat on"));
  const streamed = await run(
    ["generate", "--model", folder, "--max-tokens", "9", "--stream", "--json"],
    jsonl("the cat", "sat on"),
  );
  assert.equal(
    streamed.rows.map(({ ids, text }) => ({ ids, text })),
    plain.rows.map(({ ids, text }) => ({ ids, text })),
  );
  for (const { text } of plain.rows) assert.ok(streamed.err.includes(`${text as string}\n`), streamed.err);
});

test("with adapters, and kept as bfloat16, it writes what such a policy writes", async () => {
  const adapters = temporaryFolder();
  taught((await policy).adapt({ rank: 2 })).save(adapters);
  const logits = async (...options: string[]) =>
    (await run(["logits", "--model", folder, "--prompt", "the cat", ...options, "--json"])).rows.map(
      (row) => (row as { logits: number[] }).logits,
    )[0]!;
  const [plain, adapted, half] = [await logits(), await logits("--adapter", adapters), await logits("--bf16")];
  const own = await model(folder, { adapter: adapters });
  assert.equal(adapted, Array.from(lastLogits(own, own.tokenizer.encode("the cat"))));
  assert.not.equal(adapted, plain);
  // matrices are rounded
  assert.ok(half.some((value, i) => value !== plain[i]) && half.every((value, i) => Math.abs(value - plain[i]!) < 0.2));
});

test("info names the model, its shape and the memory it needs", async () => {
  const { status, rows } = await run(["info", "--model", folder, "--json"]);
  const [row] = rows as [
    {
      model_type: string;
      parameters: number;
      vocab_size: number;
      memory: {
        needed: number;
        available: number;
        training: Record<"lora" | "full", { needed: number; moments: number }>;
      };
    },
  ];
  assert.equal([status, row.model_type, row.parameters, row.vocab_size], [0, "qwen2", (await policy).parameters, 300]);
  assert.ok(row.memory.needed >= 4 * row.parameters && row.memory.available > 0);
  assert.ok(
    row.memory.training.lora.needed > row.memory.needed && row.memory.training.full.moments === 8 * row.parameters,
  );
});

test("what is wrong is said in a line, with exit code 2 for the command and 1 for the model or the rows", async () => {
  for (const [args, pattern] of [
    [[], /say one of info, logits, generate, tokenize/],
    [["fly"], /say one of/],
    [["info"], /--model is missing/],
    [["generate", "--model", "x", "--max-tokens", "0"], /--max-tokens is "0"; it must be a whole number from 1/],
    [["generate", "--model", "x", "--min-p", "2"], /--min-p is "2"; it must be between 0 and 1/],
    [["generate", "--model", "x", "--stop", ""], /--stop/],
    [["info", "--model", "x", "--backend", "abacus"], /--backend abacus/],
  ] as const) {
    const { status, err } = await run(args);
    assert.is(status, 2);
    assert.match(err, pattern);
  }
  for (const [args, input, pattern] of [
    [["tokenize", "--model", "/nowhere"], "", /there is no file or folder \/nowhere/],
    [["tokenize", "--model", folder], "{", /line 1 of stdin is not JSON/],
    [["tokenize", "--model", folder], '{"text":"a"}', /line 1 of stdin has no text "prompt"/],
    [
      ["logits", "--model", folder],
      jsonl("x".repeat(65)),
      /the prompt in line 1 of stdin has 65 tokens, past the model's 64/,
    ],
    [
      ["generate", "--model", folder, "--max-tokens", "1"],
      jsonl("a", "a", "a", "x".repeat(65)),
      /the prompt in line 4 of stdin has 65 tokens, past the model's 64/,
    ],
    [["logits", "--model", folder, "--prompt", ""], "", /the prompt has no tokens/],
    [["generate", "--model", folder, "--chat"], jsonl("a"), /came without a chat template/],
  ] as const) {
    const { status, err, out } = await run(args, input);
    assert.equal([status, out], [1, ""]);
    assert.match(err, pattern);
    assert.not.match(err, /\n\s+at /, "no stack");
  }
});

test.run();
