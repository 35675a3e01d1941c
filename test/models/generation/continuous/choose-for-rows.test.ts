import { test } from "uvu";
import * as assert from "uvu/assert";
import { commonSettings } from "../../../../lib/models/generation/continuous/choose-for-rows";
import { requestOf, type RequestOptions } from "../../../../lib/models/generation/continuous/request";
import { answerGrammar } from "../../../../lib/prompts/answer-grammar";
import { tinyConfig, tinyTokenizer } from "../../../fixtures";

test("requests are drawn together where their settings are the same and nobody looks at single logits", () => {
  const common = (...of: RequestOptions[]) =>
    commonSettings(of.map((options) => requestOf({ config: tinyConfig, tokenizer: tinyTokenizer }, [1, 2], options)));
  assert.is(common({ topK: 5 }, { topK: 5, stop: ["a"], maxTokens: 3, streamed: true })!.topK, 5);
  for (const apart of [
    [],
    [{ temperature: 0 }, { temperature: 1 }],
    [{}, { minP: 0.1 }],
    [{ repetitionPenalty: 1.1 }],
    [{ frequencyPenalty: 1 }],
    [{ presencePenalty: -1 }],
    [{ logitBias: { 7: -100 } }],
    [{ topLogps: 1 }],
    [{ grammar: answerGrammar({ opened: "<answer>", reasoning: false, key: "query" }), maxTokens: 50 }],
  ])
    assert.is(common(...apart), undefined, JSON.stringify(apart));
});

test.run();
