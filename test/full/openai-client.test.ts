import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { random } from "../../lib/core/random";
import { pythonWith } from "../bench/python";
import { embedded, question } from "../serving/openai/serving";

/** OpenAI's Python client, unchanged, against our server. */
const python = pythonWith("openai", ["openai==3.57.0"], (line) => console.log(line));

if (python) {
  test("models, completions, streams, log-probabilities, conversations and errors", async () => {
    const { server, policy, close } = await embedded();
    try {
      const { stdout } = await promisify(execFile)(python, [
        join(__dirname, "openai_client.py"),
        `${server.url}/v1`,
        question(1),
      ]);
      const got = JSON.parse(stdout) as Record<string, unknown> & { logprobs: number[]; chat: string[] };
      const options = { maxTokens: 40, temperature: 1, rng: random(3).fork("completion") };
      const [own] = await policy.generate([question(1)], options);
      assert.equal([got["text"], got["streamed"], got["tokens"]], [own!.text, own!.text, own!.text]);
      for (const [i, logp] of got.logprobs.entries()) assert.ok(Math.abs(logp - own!.logps[i]!) < 1e-4);
      assert.equal(got["usage"], [own!.tokens.length, own!.tokens.length]);
      assert.equal(got["models"], ["pubmed-coldstart"]);
      const [first, second] = got.chat;
      assert.equal([second, got["chat_tokens"], got["chat_streamed"]], [first, first, first]); // greedy
      assert.is(got["finish"], "length");
      assert.equal(got["errors"], [
        ["NotFoundError", 404, "model_not_found"],
        ["BadRequestError", 400, "invalid_request"],
        ["BadRequestError", 400, "invalid_request"],
      ]);
    } finally {
      await close();
    }
  });
}

test("the question is one that the policy was trained on", () => assert.match(question(1), "Rewrite for PubMed."));

test.run();
