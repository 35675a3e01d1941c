import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sampler, SamplingOptions, Task } from "../../../lib/core/roles";
import { evaluate, type Result } from "../../../lib/evaluation/evaluate";
import { faithful } from "../../../lib/evaluation/systems/faithful";
import { pseudoDocuments } from "../../../lib/evaluation/systems/pseudo-documents";
import { publishedResults } from "../../../lib/evaluation/published/published-results";
import { promptOnly } from "../../../lib/serving/prompt-only";

const problems = [{ id: "1", query: "aspirin", judgments: { a: 1 }, maxDate: "2020/01/01" }];
const prompt =
  "<|im_start|>system\nA conversation between User and Assistant.<|im_end|>\n<|im_start|>user\nfind relevant " +
  "literature on PubMed or ClinicalTrials.gov<|im_end|>\n<|im_start|>assistant\n\nAssistant: Let me solve this " +
  "step by step. \n<think>\n";

/** A model that says `text`, and keeps how it was asked. */
function saying(name: string, text: string, finished = true) {
  const asked: { prompts: readonly string[]; options: SamplingOptions | undefined }[] = [];
  const sampler: Sampler = {
    name,
    generate: async (prompts, options) => (
      asked.push({ prompts, options }), prompts.map(() => ({ text, tokens: [], logps: [], finished }))
    ),
  };
  return { sampler, asked };
}
const search = (k: number, template = prompt): Task & { k: number } => ({
  name: "pubmed",
  k,
  problems,
  prompt: () => template,
  score: () => assert.unreachable("evaluation does not reward") as never,
  search: async (_, query) => ({
    hits: query === "aspirin OR salicylate" ? [{ docId: "a", score: 1 }] : [],
    total: 1,
    warnings: [],
  }),
});
const model = "DeepRetrieval/DeepRetrieval-PubMed-3B";
async function run(task: Task, system: Parameters<typeof evaluate>[1]): Promise<Result[]> {
  const results: Result[] = [];
  for await (const result of evaluate(task, system)) results.push(result);
  return results;
}

test(
  "a published checkpoint is asked with the data's bytes, greedily, for 512 tokens, and its last answer " + "counts",
  async () => {
    const { sampler, asked } = saying(
      model,
      'no closing of the thought <answer>{"query": "aspirin OR salicylate"}</answer>',
    );
    const [result] = await run(search(3000), [faithful(sampler, search(3000))]);
    assert.equal(asked[0]!.prompts, [prompt]);
    assert.equal([asked[0]!.options?.temperature, asked[0]!.options?.maxTokens], [0, 512]);
    assert.is(result!.query, "aspirin OR salicylate");
    assert.is(result!.measures["SetR"], 1);
    assert.match(result!.written!.reasoning!, /^no closing of the thought/);
  },
);

test("published decoding samples as generation_config says", async () => {
  const { sampler, asked } = saying(model, "");
  await run(search(3000), [faithful(sampler, search(3000), { decoding: "published" })]);
  const { temperature, topP, topK, repetitionPenalty } = asked[0]!.options!;
  assert.equal(
    { temperature, topP, topK, repetitionPenalty },
    { temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 },
  );
});

test("a model that never closes its answer is malformed, searched by nobody, and says so", async () => {
  const { sampler } = saying(model, '<answer>{"query": "aspirin', false);
  const [result] = await run(search(3000), [faithful(sampler, search(3000))]);
  assert.equal([result!.malformed, result!.measures["SetR"], result!.written!.finished], [true, 0, false]);
  assert.match(result!.written!.why!, /no <answer>…<\/answer>/);
});

test("another family's prompt and an unknown checkpoint are refused; another cut-off is said", () => {
  const { sampler } = saying(model, "");
  assert.throws(
    () => faithful(sampler, search(3000, "Rewrite <think>")),
    /was trained on the prompt of pubmed, and this prompt is of no family/,
  );
  assert.throws(
    () => faithful(saying("qwen", "").sampler, search(3000)),
    /"qwen" is none of the published checkpoints/,
  );
  assert.is(faithful(saying("qwen", "").sampler, search(3000), { checkpoint: model }).name, model);
  assert.match(String(faithful(sampler, search(50)).about!()["differs"]), /it looks at 50 hits, not at 3000/);
  assert.is(faithful(sampler, search(3000)).about!()["differs"], undefined);
});

test("a pseudo-document stands behind the question, which is repeated", async () => {
  const { sampler, asked } = saying("writer", " It thins\nblood. ");
  const [query] = await pseudoDocuments(sampler, { repeat: 2, document: "abstract" }).rewrite(problems);
  assert.is(query, "aspirin aspirin It thins blood.");
  assert.match(asked[0]!.prompts[0]!, /short abstract that answers[^]*Question: aspirin\n\nAbstract:/);
});

test("a prompt-only baseline is asked in full words, with or without reasoning", async () => {
  const { sampler, asked } = saying("base", '{"query": "aspirin OR salicylate"}</answer>');
  const [query] = await promptOnly(sampler, { wording: "publications", reasoning: false }).rewrite(problems);
  assert.is(query, "aspirin OR salicylate");
  assert.match(asked[0]!.prompts[0]!, /medical librarian[^]*<answer>$/);
});

test("the published table has the numbers of the README", () => {
  assert.is(publishedResults().length, 30); // (the question, 8 models with reasoning, 6 without) for 2 tasks
  const row = publishedResults("trial search").find(
    ({ system, reasoning }) => system === "DeepRetrieval-3B" && reasoning,
  );
  assert.is(row?.recall, 0.6318);
});

test.run();
