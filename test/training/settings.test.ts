import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Problem } from "../../lib/core/records";
import type { Task } from "../../lib/core/roles";
import { evaluate } from "../../lib/evaluation/evaluate";
import { useBackend } from "../../lib/backend/choose";
import { criticFrom } from "../../lib/models/critic";
import { rewriter } from "../../lib/serving/rewriter";
import { datasetTask } from "../../lib/tasks/dataset-task";
import { beir } from "../../lib/tasks/beir";
import { ctgov } from "../../lib/tasks/ctgov";
import { evidence } from "../../lib/tasks/evidence";
import { prepare } from "../../lib/tasks/prepare";
import { pubmed } from "../../lib/tasks/pubmed";
import { sql } from "../../lib/tasks/sql";
import { task } from "../../lib/tasks/task";
import { fitCritic, fitCriticDefaults } from "../../lib/training/supervised/fit-critic";
import { adamW, adamWDefaults } from "../../lib/training/optimizer";
import { ppo } from "../../lib/training/ppo";
import { ppoDefaults } from "../../lib/training/ppo-config";
import { sft, sftDefaults } from "../../lib/training/supervised/sft";
import { buildIndex } from "../../lib/search/bm25";
import { lettersTask, temporaryFolder, tensorsLeftBy, tinyPolicy } from "../fixtures";

test.before(async () => void (await useBackend("cpu")));

/** The error of what is begun and never gets to work. */
async function refusal(begin: () => unknown): Promise<Error> {
  try {
    const work = begin() as AsyncGenerator | Promise<unknown>;
    if (typeof work === "object" && work !== null && "next" in work) await work.next();
    else await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was not refused");
}

const policy = () => tinyPolicy();
const example = () => ({ prompt: "the cat", response: "sat", reward: 1 });
const search = { name: "none", search: async () => ({ hits: [], total: 0, warnings: [] }) };
const problem: Problem = { id: "p0", query: "cat", judgments: { d: 1 } };
const of = (names: readonly string[]): Record<string, number> => Object.fromEntries(names.map((name) => [name, 1]));
const numbersOf = (defaults: object): Record<string, number> =>
  Object.fromEntries(Object.entries(defaults).filter(([, value]) => typeof value === "number")) as Record<
    string,
    number
  >;

/** Who takes which numbers. */
const takers: Readonly<
  Record<string, { readonly numbers: Readonly<Record<string, number>>; readonly begin: (options: object) => unknown }>
> = {
  ppo: { numbers: numbersOf(ppoDefaults), begin: (options) => ppo(policy(), lettersTask(), options) },
  sft: { numbers: numbersOf(sftDefaults), begin: (options) => sft(policy(), example, options) },
  fitCritic: {
    numbers: numbersOf(fitCriticDefaults),
    begin: (options) => fitCritic(criticFrom(policy()), policy(), async () => example(), options),
  },
  optimizer: { numbers: numbersOf(adamWDefaults), begin: (options) => adamW(policy().variables, options) },
  adapt: { numbers: of(["rank", "alpha", "seed"]), begin: (options) => policy().adapt(options) },
  generate: {
    numbers: of(["maxTokens", "temperature", "topK", "topP", "minP", "repetitionPenalty", "batch"]),
    begin: (options) => policy().generate(["the cat"], options),
  },
  stream: {
    numbers: of(["maxTokens", "temperature", "batch"]),
    begin: (options) => policy().stream("the cat", options),
  },
  rewriter: {
    numbers: of(["temperature", "maxTokens", "seed"]),
    begin: (options) => rewriter(policy(), lettersTask(), options),
  },
  evaluate: {
    numbers: of(["width", "batchSize"]),
    begin: (options) => evaluate(lettersTask(), [rewriter(policy(), lettersTask())], options),
  },
  task: {
    numbers: of(["k", "malformed"]),
    begin: (options) => task({ name: "mine", problems: [problem], engine: search, ...options }),
  },
  pubmed: { numbers: of(["limit", "k"]), begin: (options) => pubmed(options) },
  beir: { numbers: of(["limit", "k"]), begin: (options) => beir({ folder: "none", ...options }) },
  ctgov: { numbers: of(["limit", "k"]), begin: (options) => ctgov({ data: "none", ...options }) },
  evidence: { numbers: of(["limit", "k"]), begin: (options) => evidence({ data: "none", passages: [], ...options }) },
  sql: {
    numbers: of(["limit", "seconds", "workers"]),
    begin: (options) => sql({ data: "none", databases: "none", ...options }),
  },
  datasetTask: { numbers: of(["limit", "k"]), begin: (options) => datasetTask("none", options) },
  prepare: {
    numbers: of(["validation", "seed", "longest"]),
    begin: (options) => prepare("nq_serini", { test: [problem] }, options),
  },
  buildIndex: { numbers: of(["postingsAtOnce"]), begin: (options) => buildIndex([], temporaryFolder(), options) },
};

/** Where a number that is otherwise wrong means something. */
const meaningful: Readonly<Record<string, readonly number[]>> = {
  dualClip: [Infinity],
  valueClip: [Infinity],
  maxGradNorm: [Infinity],
  maxNorm: [Infinity],
  saveEvery: [Infinity],
  outagePatience: [Infinity],
  rewardSeconds: [Infinity],
  limit: [Infinity],
  longest: [Infinity],
  seed: [-1],
  malformed: [-1, -0.5],
};

for (const [where, { numbers, begin }] of Object.entries(takers)) {
  test(`${where} refuses every number that cannot be, with name and value, before it makes anything`, async () => {
    const [clean] = await Promise.all([
      tensorsLeftBy(async () => void (await refusal(() => begin({ nosuchsetting: 1 })))),
    ]);
    for (const name of Object.keys(numbers)) {
      for (const value of [NaN, Infinity, -Infinity, -1, "3", null, {}, [], true]) {
        if (meaningful[name]?.includes(value as number)) continue;
        let error!: Error;
        const left = await tensorsLeftBy(async () => void (error = await refusal(() => begin({ [name]: value }))));
        assert.ok(
          ["RangeError", "TypeError"].includes(error.name),
          `${where} ${name} ${String(value)}: ${error.name} ${error.message}`,
        );
        assert.match(
          error.message,
          new RegExp(`^[\\w]+: ${name} is .+it must be `),
          `${where} ${name} ${String(value)}`,
        );
        if (typeof value === "number") assert.ok(error.message.includes(`${name} is ${value}`), error.message);
        assert.is(left, clean, `${where} ${name}: tensors of the policy alone`);
      }
    }
  });

  test(`${where} names the setting that a misspelt one may have meant`, async () => {
    const [name] = Object.keys(numbers) as [string];
    const misspelt = `${name.slice(0, -1)}${name.at(-1) === "z" ? "x" : "z"}`;
    const { message, name: kind } = await refusal(() => begin({ [misspelt]: 1 }));
    assert.is(kind, "TypeError");
    assert.match(message, new RegExp(`unknown setting "${misspelt}" \\(1\\)\\..*Known: .*\\b${name}\\b`));
    if (name.length > 2) assert.match(message, new RegExp(`Did you mean ${name}\\?`));
  });
}

test("whole numbers are whole, and shares are shares", async () => {
  for (const [options, why] of [
    [{ steps: 1.5 }, /steps is 1\.5; it must be a whole number from 0/],
    [{ batchSize: 0 }, /batchSize is 0; it must be a whole number from 1/],
    [{ epochs: 0.5 }, /epochs is 0\.5/],
    [{ temperature: 0 }, /temperature is 0; it must be a number above 0/],
    [{ topP: 0 }, /topP is 0; it must be above 0 and at most 1/],
    [{ gamma: 1.01 }, /gamma is 1\.01; it must be between 0 and 1/],
    [{ dualClip: 1 }, /dualClip is 1; it must be a number above 1, or Infinity/],
    [{ seed: 0.5 }, /seed is 0\.5; it must be a whole number/],
    [{ saveEvery: 0 }, /saveEvery is 0/],
    [{ checkpoint: 1 }, /checkpoint is 1, a number; it must be a boolean/],
    [{ folder: 3 }, /folder is 3; it must be a text/],
    [{ resume: "yes" }, /resume is "yes"/],
    [{ critic: {} }, /critic is \{\}; it must be a critic/],
    [{ validation: [] }, /validation is \[\]; it must be a task/],
    [{ signal: 1 }, /signal is 1; it must be an AbortSignal/],
    [{ foldr: "runs" }, /unknown setting "foldr" \("runs"\)\. Did you mean folder\?/],
  ] as const)
    assert.match((await refusal(() => ppo(policy(), lettersTask(), options as object))).message, why);
  for (const [options, why] of [
    [{ decayFrom: 1.1 }, /decayFrom is 1\.1/],
    [{ beta2: 1 }, /beta2 is 1; it must be from 0 to below 1/],
    [{ learningRate: -1 }, /learningRate is -1; it must be a number from 0/],
  ] as const) {
    assert.match((await refusal(() => sft(policy(), example, options))).message, why);
  }
});

test(
  "a reward that is no finite number is named with its problem, the value and what was written, and nothing is " +
    "learned",
  async () => {
    for (const [reward, kind, said] of [
      [NaN, "RangeError", "NaN"],
      [Infinity, "RangeError", "Infinity"],
      [undefined, "TypeError", "undefined"],
      [null, "TypeError", "null"],
      ["3", "TypeError", '"3"'],
      [true, "TypeError", "true"],
      [3n, "TypeError", "3"],
    ] as const) {
      const own = policy();
      const before = own.variables.map((variable) => [...variable.dataSync()]);
      const bad: Task = {
        ...lettersTask(),
        score: async (each, text) => ({
          kind: "scored",
          reward: (each.id === "p3" ? reward : 1) as number,
          query: text,
          measures: {},
        }),
      };
      const error = await refusal(() => ppo(own, bad, { steps: 1, batchSize: 8, maxResponse: 4 }));
      assert.is(error.name, kind);
      assert.match(
        error.message,
        new RegExp(
          `^task letters: the reward of problem p3 for the completion ".*" is ${said}; it must be a finite number`,
        ),
        error.message,
      );
      assert.equal(
        own.variables.map((variable) => [...variable.dataSync()]),
        before,
      );
    }
  },
);

test("so are a score that is none, a measure that is no number, and a custom score", async () => {
  const scored = (score: unknown): Task => ({ ...lettersTask(), score: async () => score as never });
  const short = { steps: 1, batchSize: 2, maxResponse: 3 };
  for (const score of [undefined, null, 3, {}, { kind: "good", reward: 1 }])
    assert.match(
      (await refusal(() => ppo(policy(), scored(score), short))).message,
      /^task letters: the score of problem p\d for the completion ".*" is .*; it must be \{ kind: "scored"/,
    );
  assert.match(
    (
      await refusal(() =>
        ppo(policy(), scored({ kind: "scored", reward: 1, query: "", measures: { "R@5": NaN } }), short),
      )
    ).message,
    /the R@5 of problem p\d .* is NaN/,
  );
  for (const [value, said] of [
    [undefined, "undefined"],
    ["2", '"2"'],
    [null, "null"],
    [NaN, "NaN"],
  ] as const) {
    const mine = task({ name: "mine", problems: [problem], engine: search, score: () => value as number });
    assert.match(
      (await refusal(() => mine.score(problem, 'x</think><answer>{"query": "cat"}</answer>'))).message,
      new RegExp(`^task mine: the score of problem p0 for the query "cat" is ${said}; it must be a finite number`),
    );
  }
});

test("a prompt that is empty or no text is named with its problem, wherever it is asked for", async () => {
  for (const [prompt, why] of [
    ["", /task letters: the prompt of problem p0 is empty/],
    [undefined, /the prompt of problem p0 is undefined; it must be a text/],
    [7, /the prompt of problem p0 is 7/],
  ] as const) {
    const bad: Task = { ...lettersTask(1), prompt: () => prompt as string };
    assert.match((await refusal(() => ppo(policy(), bad, { steps: 1, batchSize: 2 }))).message, why);
    assert.match(
      (
        await refusal(() =>
          ppo(policy(), lettersTask(), { steps: 1, batchSize: 2, maxResponse: 2, validation: bad, validateEvery: 1 }),
        )
      ).message,
      why,
    );
    assert.match((await refusal(() => evaluate(bad, [rewriter(policy(), bad)]))).message, why);
  }
  assert.match((await refusal(() => policy().generate([""]))).message, /prompt 0 has no tokens/);
  assert.match(
    (await refusal(() => policy().generate("text" as unknown as string[]))).message,
    /the prompts are "text"; they must be a list of texts/,
  );
  assert.match(
    (await refusal(() => policy().generate([undefined] as unknown as string[]))).message,
    /prompt 0 is undefined/,
  );
});

test("examples that are no texts, and rewards that are no numbers, are named with their place", async () => {
  const of = (broken: object) => () => ({ ...example(), ...broken });
  assert.match(
    (await refusal(() => sft(policy(), of({ response: undefined }) as never, { batchSize: 2 }))).message,
    /^sft: the response of example 0 of step 1 is undefined; it must be a text/,
  );
  assert.match(
    (await refusal(() => sft(policy(), of({ prompt: "" }), { batchSize: 2 }))).message,
    /the prompt of example 0 of step 1 is empty/,
  );
  assert.match(
    (await refusal(() => sft(policy(), [example()] as never))).message,
    /examples are a list; they must be a function/,
  );
  for (const reward of [NaN, undefined, "1"])
    assert.match(
      (
        await refusal(() =>
          fitCritic(criticFrom(policy()), policy(), async () => of({ reward })() as never, { batchSize: 2 }),
        )
      ).message,
      /^fitCritic: the reward of example 0 of step 1 is /,
    );
});

test("an evaluation names the query or the measure that is none", async () => {
  const system = (query: unknown) => ({
    name: "odd",
    rewrite: async (problems: readonly Problem[]) => problems.map(() => query as string),
  });
  assert.match(
    (await refusal(() => evaluate(lettersTask(), [system(undefined)]))).message,
    /odd gave undefined as the query of problem p0/,
  );
  assert.match(
    (await refusal(() => evaluate(lettersTask(), [system("cat")], { metrics: [{ name: "odd", measure: () => NaN }] })))
      .message,
    /evaluate: odd of problem p0 is NaN for the query "cat" of odd/,
  );
});

test.run();
