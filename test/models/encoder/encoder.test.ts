import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { batches, encoder, type EncoderOptions } from "../../../lib/models/encoder/encoder";
import { encoderRecipes } from "../../../lib/models/encoder/recipe";
import { close, tensorsLeftBy } from "../../fixtures";
import { slowStates, tinyArrays, tinyEncoder } from "./tiny-encoder";

const [CLS, SEP, the, cat, sat, s] = [2, 3, 4, 5, 6, 9];
const embedded = async (
  folder: string,
  texts: string[],
  options: EncoderOptions = {},
  as: "query" | "passage" = "passage",
): Promise<number[][]> => {
  const model = await encoder(folder, options);
  const vectors = await model.embed(texts, { as });
  model.dispose();
  return texts.map((_, i) => [...vectors.subarray(i * model.dimensions, (i + 1) * model.dimensions)]);
};
const mean = (states: number[][]): number[] =>
  states[0]!.map((_, c) => states.reduce((sum, row) => sum + row[c]!, 0) / states.length);
const unit = (vector: number[]): number[] => vector.map((value) => value / Math.hypot(...vector));
const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => assert.unreachable("did not throw") as never,
    (error: Error) => error,
  );

test("the mean of a text's token vectors is its vector, whatever it is batched with", async () => {
  const states = slowStates(tinyArrays(), [CLS, the, cat, s, sat, SEP], 0);
  for (const texts of [["The cats sat"], ["The cats sat", "a"], ["The cats sat", "the cat sat on the mat", ""]]) {
    close((await embedded(tinyEncoder(), texts))[0]!, mean(states), { atol: 1e-5, what: `with ${texts.length}` });
  }
});

test("cls takes the first token's vector, and normalised vectors have length 1", async () => {
  const states = slowStates(tinyArrays(), [CLS, the, cat, SEP], 0);
  close((await embedded(tinyEncoder(), ["the cat", "a"], { pooling: "cls" }))[0]!, states[0]!, { atol: 1e-5 });
  close((await embedded(tinyEncoder(), ["the cat", "a"], { normalize: true }))[0]!, unit(mean(states)), { atol: 1e-5 });
});

test("RoBERTa counts positions from pad_token_id + 1, and its arrays may carry a prefix", async () => {
  const states = slowStates(tinyArrays(), [CLS, the, cat, SEP], 2);
  const folder = tinyEncoder({
    config: { model_type: "xlm-roberta", pad_token_id: 1 },
    arrays: tinyArrays("roberta."),
  });
  close((await embedded(folder, ["the cat"]))[0]!, mean(states), { atol: 1e-5 });
});

test("a query and a passage get their own prefixes", async () => {
  const [query, passage] = [
    await embedded(tinyEncoder(), ["the cat"], encoderRecipes.e5, "query"),
    await embedded(tinyEncoder(), ["the cat"], encoderRecipes.e5),
  ];
  const states = slowStates(tinyArrays(), [CLS, 11, 12, the, cat, SEP], 0); // query : the cat
  close(query[0]!, unit(mean(states)), { atol: 1e-5 });
  assert.not.equal(query, passage);
});

test("a text that is too long is cut, and still ends in [SEP]", async () => {
  const states = slowStates(tinyArrays(), [CLS, the, cat, SEP], 0);
  close((await embedded(tinyEncoder(), ["the cat sat on the mat"], { maxTokens: 4 }))[0]!, mean(states), {
    atol: 1e-5,
  });
  const longest = await embedded(tinyEncoder(), [Array(50).fill("cat").join(" ")]); // by max_position_embeddings, 12
  close(longest[0]!, mean(slowStates(tinyArrays(), [CLS, ...Array<number>(10).fill(cat), SEP], 0)), { atol: 1e-5 });
});

test("what sentence-transformers wrote beside the model is followed", async () => {
  const folder = tinyEncoder({
    files: {
      "modules.json": [
        { type: "sentence_transformers.models.Transformer", path: "" },
        { type: "sentence_transformers.models.Pooling", path: "1_Pooling" },
        { type: "sentence_transformers.models.Normalize", path: "2_Normalize" },
      ],
      "sentence_bert_config.json": { max_seq_length: 5 },
      "config_sentence_transformers.json": { prompts: { query: "query: ", document: "" } },
    },
  });
  mkdirSync(join(folder, "1_Pooling"));
  writeFileSync(
    join(folder, "1_Pooling/config.json"),
    JSON.stringify({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }),
  );
  const model = await encoder(folder);
  assert.equal(model.recipe, {
    pooling: "cls",
    normalize: true,
    maxTokens: 5,
    queryPrefix: "query: ",
    passagePrefix: "",
  });
  model.dispose();
  writeFileSync(join(folder, "1_Pooling/config.json"), JSON.stringify({ pooling_mode_max_tokens: true }));
  assert.match((await rejection(encoder(folder))).message, /the pooling is max_tokens/);
});

test("batches hold texts of like length, longest first, and waste little on padding", () => {
  assert.equal(batches([3, 9, 4, 9, 1], 18), [
    [1, 3],
    [2, 0, 4],
  ]);
  assert.equal(batches([100], 18), [[0]]);
  assert.equal(batches([], 18), []);
});

test("no texts give no vectors", async () => {
  const model = await encoder(tinyEncoder());
  assert.is((await model.embed([])).length, 0);
  model.dispose();
});

test("embedding leaves no tensor behind, nor does disposing, nor a file that is broken", async () => {
  const folder = tinyEncoder();
  assert.is(
    await tensorsLeftBy(async () => {
      const model = await encoder(folder);
      assert.is(await tensorsLeftBy(async () => void (await model.embed(["the cat", "a cat sat"]))), 0);
      model.dispose();
      const { "encoder.layer.1.output.dense.bias": gone, ...rest } = tinyArrays();
      await rejection(encoder(tinyEncoder({ arrays: rest })));
    }),
    0,
  );
});

test("interrupting stops between batches", async () => {
  const model = await encoder(tinyEncoder(), { batchTokens: 4 });
  const stop = new AbortController();
  const error = rejection(model.embed(Array(50).fill("the cat sat"), { signal: stop.signal }));
  stop.abort();
  assert.is((await error).name, "Interrupted");
  model.dispose();
});

test("a bad file is CorruptData and says what is wrong with it", async () => {
  const { "encoder.layer.1.output.dense.bias": gone, ...rest } = tinyArrays();
  const cases: [string, RegExp][] = [
    [tinyEncoder({ config: { model_type: "mpnet" } }), /model_type is "mpnet".*bert, roberta/],
    [tinyEncoder({ config: { num_attention_heads: 3 } }), /8 is not a multiple of num_attention_heads 3/],
    [
      tinyEncoder({ config: { hidden_size: 16 } }),
      /word_embeddings.weight is \[13,8\]; config.json promises \[13,16\]/,
    ],
    [tinyEncoder({ arrays: rest }), /encoder.layer.1.output.dense.bias is missing/],
    [tinyEncoder({ arrays: {} }), /word_embeddings.weight is missing/],
    [tinyEncoder({ files: { "tokenizer.json": {} } }), /tokenizer.json/],
    [
      tinyEncoder({ files: { "modules.json": [{ type: "sentence_transformers.models.Dense", path: "2_Dense" }] } }),
      /models.Dense/,
    ],
  ];
  for (const [folder, message] of cases) {
    const error = await rejection(encoder(folder));
    assert.is(error.name, "CorruptData", error.message);
    assert.match(error.message, message);
  }
});

test("a name that leads nowhere, and an option that is none, are the caller's mistakes", async () => {
  assert.is((await rejection(encoder("no/such/folder"))).name, "RangeError");
  assert.is((await rejection(encoder(tinyEncoder(), { normalise: true } as EncoderOptions))).name, "TypeError");
});

test.run();
