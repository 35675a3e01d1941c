import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { useBackend } from "../../lib/backend/choose";
import { syntheticLiterature } from "../../lib/data/literature/literature";
import { qwen2 } from "../../lib/models/policy";
import { unknownLanguage } from "../../lib/serving/unknown-language";
import { root } from "../documentation";
import { skip } from "../skip";

const problem = (query: string) => ({ id: query, query, judgments: {} });
const letters = { size: 300, encode: (text: string) => [...text].map((_, i) => i) };
const words = { size: 300, encode: (text: string) => text.split(" ").map((_, i) => i) };

test("a small tokenizer that reads letter by letter does not know the text; one that reads words does", () => {
  assert.match(unknownLanguage(letters, [problem("vitamin D deficiency")])!, /pieces of 1\.0 characters/);
  assert.is(unknownLanguage(words, [problem("vitamin D deficiency")]), undefined); // 20 characters, 3 tokens: 6.7
});

test("a large tokenizer cannot tell, and no questions have no language", () => {
  assert.is(unknownLanguage({ ...letters, size: 151_643 }, [problem("维生素")]), undefined);
  assert.is(unknownLanguage(letters, []), undefined);
});

test("the policy that comes with the library knows the questions of its literature", async () => {
  await useBackend("cpu");
  const policy = qwen2(join(root, "data/checkpoints/pubmed-coldstart"));
  const questions = syntheticLiterature().reviews.map(({ question }) => problem(question));
  assert.is(unknownLanguage(policy.tokenizer, questions), undefined);
  const alone = questions.filter((each) => unknownLanguage(policy.tokenizer, [each]) !== undefined);
  assert.ok(alone.length <= 0.02 * questions.length, `${alone.length} of ${questions.length} are taken for foreign`);
  policy.dispose();
});

test("it says of real questions that they are not its language", async () => {
  const file = join(root, "../shared/data/ir/scifact/queries.jsonl");
  if (!existsSync(file)) return skip("no ../shared/data/ir/scifact");
  await useBackend("cpu");
  const policy = qwen2(join(root, "data/checkpoints/pubmed-coldstart"));
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const questions = lines.map((line) => problem((JSON.parse(line) as { text: string }).text));
  assert.match(unknownLanguage(policy.tokenizer, questions)!, /synthetic literature only/);
  policy.dispose();
});

test.run();
