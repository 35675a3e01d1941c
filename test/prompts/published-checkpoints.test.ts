import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDataset } from "../../lib/data/datasets/dataset";
import { lastAnswer } from "../../lib/prompts/answer";
import { promptFamilies } from "../../lib/prompts/prompt-family";
import { promptMismatch, publishedCheckpoint } from "../../lib/prompts/published-checkpoints";
import { publicationPrompt } from "../../lib/prompts/templates";
import { worded } from "../../lib/prompts/wording";
import { rewriter } from "../../lib/serving/rewriter";
import { sharedFile } from "../fixtures";

const problem = { id: "1", query: "aspirin for stroke", judgments: {} };

test("the embedded policy's own prompt is told from a fully worded one", () => {
  assert.equal(promptFamilies(publicationPrompt(problem)), ["brief"]);
  assert.equal(promptFamilies(worded(problem)), []);
  assert.is(promptMismatch("data/checkpoints/pubmed-coldstart", publicationPrompt(problem)), undefined);
  assert.match(promptMismatch("pubmed-coldstart", worded(problem)) ?? "", /was trained on the prompt of brief/);
});

test("a checkpoint is known by its Hub id, its folder or a file in it; others are not known and not judged", () => {
  for (const name of [
    "DeepRetrieval/DeepRetrieval-PubMed-3B",
    "/models/DeepRetrieval-PubMed-3B/",
    "C:\\models\\deepretrieval-pubmed-3b\\model.gguf",
  ])
    assert.is(publishedCheckpoint(name)?.prompts[0], "pubmed", name);
  assert.is(publishedCheckpoint("DeepRetrieval/DeepRetrieval-PubMed-3B-Llama")?.prompts[0], "pubmed_32");
  assert.is(promptMismatch("Qwen/Qwen2.5-3B-Instruct", "anything"), undefined);
});

test("every published prompt is of its own data set's family", async () => {
  const folder = sharedFile("data/deepretrieval");
  if (folder === undefined) return;
  for (const file of readdirSync(folder)) {
    const examples = await readDataset(`${folder}/${file}`);
    for (const { source, prompt } of [examples[0]!, examples.at(-1)!]) {
      const wanted = source.replace(/_(test|val|train)$/, "");
      assert.ok(
        promptFamilies(prompt!).includes(wanted),
        `${file}: ${source} is taken for ${promptFamilies(prompt!).join(", ")}`,
      );
    }
  }
});

test("a checkpoint that is asked with another family's prompt is told so, once", async () => {
  const warnings: string[] = [];
  const listen = (warning: Error) => void (warning.name === "PromptWarning" && warnings.push(warning.message));
  process.on("warning", listen);
  const sampler = {
    name: "DeepRetrieval/DeepRetrieval-CTGov-3B",
    generate: async (prompts: readonly string[]) =>
      prompts.map(() => ({ text: "", tokens: [], logps: [], finished: true })),
  };
  const system = rewriter(sampler, {
    prompt: () =>
      "A conversation between User and Assistant. relevant literature on PubMed or ClinicalTrials.gov <think>",
  });
  await system.rewrite([problem]);
  await system.rewrite([problem]);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listen);
  assert.is(warnings.length, 1);
  assert.match(warnings[0]!, /CTGov-3B was trained on the prompt of ctgov_32, and this prompt is that of ctgov/);
});

test("the last answer counts, whatever the other tags are; what it holds must be JSON with the key", () => {
  const read = (text: string) => {
    const answer = lastAnswer(`User: ask. Assistant: go.\n<think>\n${text}`);
    return answer.kind === "query" ? answer.query : answer.fault;
  };
  assert.is(read('a<answer>{"query": "one"}</answer>b<answer>\n{"query": "two"} </answer>'), "two");
  assert.is(read('never closed its thought <answer>{"query": "one"}</answer>'), "one");
  assert.is(read('<answer>{"query": "one"}'), "structure");
  assert.is(read("<answer>{'query': 'one'}</answer>"), "json");
  assert.is(read('<answer>{"q": "one"}</answer>'), "json");
  assert.is(read('<answer>{"query": ""}</answer>'), "");
  // before the assistant's turn nothing counts: the sample in the prompt
  assert.is(lastAnswer('<answer>{"query": "sample"}</answer> Assistant: none').kind, "malformed");
  assert.equal(lastAnswer('<answer>{"sql": "SELECT 1"}</answer> none', { key: "sql" }), {
    kind: "query",
    query: "SELECT 1",
  });
});

test.run();
